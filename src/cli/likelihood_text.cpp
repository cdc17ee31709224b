#include "cli/likelihood_text.h"

#include <algorithm>
#include <cmath>

namespace pno::cli {
namespace {

std::string speed(const ModelLikelihood& result) {
  const auto tokens = static_cast<double>(result.likelihood.total.tokens);
  return grouped(std::llround(tokens / result.seconds));
}

std::string score_line(std::string_view kind, const eval::Score& score) {
  return fmt::format("{:<10}  {:>12}  {:>8.4f}  {:>8.4f}  {:>7.1f} %\n", kind,
                     grouped(score.tokens), score.grammar_nll(), score.nll(),
                     100 * score.accuracy());
}

std::string text_of_one(const ModelLikelihood& result) {
  const auto& likelihood = result.likelihood;
  auto text = fmt::format("{:<10}  {:>12}  {:>8}  {:>8}  {:>9}\n", "events", "tokens", "masked",
                          "plain", "accuracy");
  text += score_line("all", likelihood.total);
  for (std::size_t i = 0; i < likelihood.by_kind.size(); ++i) {
    if (likelihood.by_kind.at(i).tokens == 0) continue;  // BOS is never a target
    text += score_line(enum_name(static_cast<events::Kind>(i)), likelihood.by_kind.at(i));
  }
  text += fmt::format(
      "NLL in nats per token, masked (among the events that the grammar allows) and plain;\n"
      "95 % of resampled pieces: masked {:.4f} to {:.4f}, plain {:.4f} to {:.4f}\n",
      likelihood.grammar_nll.low, likelihood.grammar_nll.high, likelihood.nll.low,
      likelihood.nll.high);
  text += fmt::format("plain, {:.3f} nats per note and {:.2f} per second of music\n",
                      likelihood.per_note(), likelihood.per_second());
  return text + fmt::format("windows of {} tokens{}, {}; {:.1f} s, {} tokens/s\n", result.window,
                            result.stride > 0 ? fmt::format(", every {}", result.stride) : "",
                            result.precision, result.seconds, speed(result));
}

std::string text_of_several(const std::vector<ModelLikelihood>& results) {
  std::size_t width = 5;
  for (const auto& result : results) width = std::max(width, result.model.size());
  auto text =
      fmt::format("{:<{}}  {:>8}  {:>17}  {:>8}  {:>8}  {:>10}  {:>9}  {:>8}\n", "model", width,
                  "masked", "95 %", "plain", "per note", "per second", "accuracy", "tokens/s");
  for (const auto& result : results) {
    const auto& likelihood = result.likelihood;
    text += fmt::format(
        "{:<{}}  {:>8.4f}  {:>17}  {:>8.4f}  {:>8.3f}  {:>10.2f}  {:>7.1f} %  {:>8}\n",
        result.model, width, likelihood.total.grammar_nll(),
        fmt::format("{:.4f} to {:.4f}", likelihood.grammar_nll.low, likelihood.grammar_nll.high),
        likelihood.total.nll(), likelihood.per_note(), likelihood.per_second(),
        100 * likelihood.total.accuracy(), speed(result));
  }
  return text +
         "NLL in nats per token, masked (among the events that the grammar allows) and plain; "
         "per note and per second of music from the plain one\n";
}

Json score_json(const eval::Score& score) {
  return {{"tokens", score.tokens},
          {"nll", score.nll()},
          {"nll_grammar", score.grammar_nll()},
          {"accuracy", score.accuracy()}};
}

Json interval_json(const eval::Interval& interval) {
  return Json::array({interval.low, interval.high});
}

// A field of a CSV file in quotes, if it needs them (RFC 4180).
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

}  // namespace

std::string likelihood_text(const std::vector<ModelLikelihood>& results) {
  return results.size() == 1 ? text_of_one(results.front()) : text_of_several(results);
}

Json likelihood_json(const ModelLikelihood& result, const std::string& dataset,
                     corpus::Split split) {
  const auto& likelihood = result.likelihood;
  Json by_kind = Json::object(), by_position = Json::array();
  for (std::size_t i = 0; i < likelihood.by_kind.size(); ++i) {
    const auto& score = likelihood.by_kind.at(i);
    if (score.tokens == 0) continue;
    by_kind[std::string(enum_name(static_cast<events::Kind>(i)))] = score_json(score);
  }
  for (const auto& range : likelihood.by_position) {
    Json score = {{"first", range.first}};
    score.update(score_json(range.score));
    by_position.push_back(std::move(score));
  }
  return {{"tokens", likelihood.total.tokens},
          {"notes", likelihood.notes},
          {"music_seconds", likelihood.music_seconds},
          {"nll", likelihood.total.nll()},
          {"nll_interval", interval_json(likelihood.nll)},
          {"nll_grammar", likelihood.total.grammar_nll()},
          {"nll_grammar_interval", interval_json(likelihood.grammar_nll)},
          {"nats_per_note", likelihood.per_note()},
          {"nats_per_second", likelihood.per_second()},
          {"accuracy", likelihood.total.accuracy()},
          {"model", result.model},
          {"dataset", dataset},
          {"split", std::string(enum_name(split))},
          {"precision", result.precision},
          {"window", result.window},
          {"stride", result.stride > 0 ? result.stride : result.window},
          {"by_kind", std::move(by_kind)},
          {"by_position", std::move(by_position)},
          {"seconds", result.seconds}};
}

std::string piece_csv(const std::vector<ModelLikelihood>& results, const corpus::Dataset& dataset) {
  std::string csv = "model,piece,composer,title,tokens,notes,music_seconds,nll,nll_grammar\n";
  for (const auto& result : results) {
    for (const auto& piece : result.likelihood.pieces) {
      const auto& info = dataset.info(piece.piece);
      csv += fmt::format("{},{},{},{},{},{},{:.2f},{:.6f},{:.6f}\n", csv_field(result.model),
                         piece.piece, csv_field(info.composer), csv_field(info.title),
                         piece.score.tokens, piece.notes, piece.music_seconds, piece.score.nll(),
                         piece.score.grammar_nll());
    }
  }
  return csv;
}

}  // namespace pno::cli
