#include "cli/task_text.h"

#include <algorithm>

namespace pno::cli {
namespace {

std::string range_text(const eval::Interval& interval) {
  return fmt::format("{:.4f} to {:.4f}", interval.low, interval.high);
}

Json interval_json(const eval::Interval& interval) {
  return {{"value", interval.value}, {"low", interval.low}, {"high", interval.high}};
}

}  // namespace

std::string task_text(const std::vector<ModelTaskScores>& results) {
  std::string text;
  for (const auto& result : results) {
    if (results.size() > 1) text += result.model + "\n";
    text += fmt::format("{:<6}  {:<9}  {:>8}  {:>8}  {:>8}  {:>8}  {:>18}\n", "gap", "given",
                        "tokens", "masked", "plain", "gain", "95 %");
    for (const auto& score : result.scores) {
      const bool is_infill = score.task == eval::EvalTask::infill;
      for (const auto& of : score.conditions) {
        const bool is_first = &of == &score.conditions.front();
        text += fmt::format("{:<6}  {:<9}  {:>8}  {:>8.4f}  {:>8.4f}  {:>8}  {:>18}\n",
                            is_infill ? fmt::format("{:g} s", score.gap_s) : "", of.condition,
                            grouped(of.score.tokens), of.score.grammar_nll(), of.score.nll(),
                            is_first ? "" : fmt::format("{:.4f}", of.grammar_gain.value),
                            is_first ? "" : range_text(of.grammar_gain));
      }
    }
    const auto& first = result.scores.front();
    text += fmt::format("{} places{}, {}; {:.1f} s\n", first.questions,
                        first.task == eval::EvalTask::infill ? " for each gap" : "",
                        result.precision, result.seconds);
  }
  return text +
         "NLL of the same tokens in nats, masked (among the events that the grammar allows) and "
         "plain;\ngain: masked, against the first line; 95 % of resampled pieces\n";
}

Json task_json(const ModelTaskScores& result, const std::string& dataset, corpus::Split split) {
  Json scores = Json::array();
  for (const auto& score : result.scores) {
    Json conditions = Json::array();
    for (const auto& of : score.conditions) {
      conditions.push_back({{"given", std::string(of.condition)},
                            {"tokens", of.score.tokens},
                            {"nll", interval_json(of.nll)},
                            {"nll_grammar", interval_json(of.grammar_nll)},
                            {"gain", interval_json(of.gain)},
                            {"gain_grammar", interval_json(of.grammar_gain)},
                            {"accuracy", of.score.accuracy()}});
    }
    Json json = {{"places", score.questions},
                 {"pieces", score.pieces},
                 {"conditions", std::move(conditions)}};
    if (score.task == eval::EvalTask::infill) json["gap_seconds"] = score.gap_s;
    scores.push_back(std::move(json));
  }
  return {{"model", result.model},
          {"dataset", dataset},
          {"split", std::string(enum_name(split))},
          {"task", std::string(enum_name(result.scores.front().task))},
          {"precision", result.precision},
          {"scores", std::move(scores)},
          {"seconds", result.seconds}};
}

}  // namespace pno::cli
