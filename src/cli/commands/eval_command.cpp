// pno eval: measures how well a model predicts the music of a dataset.

#include <chrono>
#include <cmath>
#include <memory>

#include "base/progress.h"
#include "cli/commands/commands.h"
#include "cli/field_flags.h"
#include "cli/shared_flags.h"
#include "corpus/dataset.h"
#include "corpus/seen_music.h"
#include "eval/likelihood.h"
#include "infer/engine.h"

namespace pno::cli {
namespace {

struct EvalFlags {
  std::string model, dataset;
  std::vector<std::string> training;
  corpus::Split split = corpus::Split::validation;
  std::size_t windows = 0;
  int context = 0, threads = 0;
  infer::Precision precision = infer::Precision::f32;
};

Json score_json(const eval::Score& score) {
  return {{"tokens", score.tokens}, {"nll", score.nll()}, {"accuracy", score.accuracy()}};
}

std::string score_line(std::string_view kind, const eval::Score& score) {
  return fmt::format("{:<10}  {:>12}  {:>8.4f}  {:>7.1f} %\n", kind, grouped(score.tokens),
                     score.nll(), 100 * score.accuracy());
}

Answer answer_of(const eval::Likelihood& likelihood, double seconds) {
  const auto& total = likelihood.total;
  Json by_kind = Json::object();
  std::string text =
      fmt::format("{:<10}  {:>12}  {:>8}  {:>9}\n", "events", "tokens", "NLL", "accuracy");
  text += score_line("all", total);
  for (std::size_t i = 0; i < likelihood.by_kind.size(); ++i) {
    const auto& score = likelihood.by_kind[i];
    if (score.tokens == 0) continue;  // BOS is never a target
    const auto kind = enum_name(static_cast<events::Kind>(i));
    by_kind[std::string(kind)] = score_json(score);
    text += score_line(kind, score);
  }
  text += fmt::format("NLL in nats per token; {:.1f} s, {} tokens/s\n", seconds,
                      grouped(std::llround(static_cast<double>(total.tokens) / seconds)));
  return {std::move(text),
          {{"tokens", total.tokens},
           {"nll", total.nll()},
           {"accuracy", total.accuracy()},
           {"by_kind", std::move(by_kind)},
           {"seconds", seconds}}};
}

// A model file says what it was trained on by the names of the datasets, not by their music: the
// caller names them.
Expected<Json> seen_music_of(const EvalFlags& flags, const corpus::Dataset& evaluation) {
  std::vector<corpus::Dataset> datasets;
  std::vector<const corpus::Dataset*> training;
  for (const auto& path : flags.training) {
    PNO_TRY(auto dataset, corpus::Dataset::open(path));
    datasets.push_back(std::move(dataset));
  }
  for (const auto& dataset : datasets) training.push_back(&dataset);
  PNO_TRY(const auto seen,
          corpus::find_seen_music(training, evaluation, flags.split, flags.threads));
  const auto warning = corpus::seen_music_warning(seen, evaluation, flags.split);
  if (!warning.empty()) warn(warning);
  Json json = Json::array();
  for (const auto& piece : seen) {
    json.push_back(
        {{"piece", piece.name}, {"training", piece.training_name}, {"share", piece.share}});
  }
  return json;
}

Expected<Answer> evaluate(const EvalFlags& flags) {
  const auto started = std::chrono::steady_clock::now();
  PNO_TRY(const auto engine, infer::Engine::open(flags.model, {.threads = flags.threads,
                                                               .precision = flags.precision}));
  PNO_TRY(const auto dataset, corpus::Dataset::open(flags.dataset));
  Json seen;
  if (!flags.training.empty()) {
    PNO_TRY(seen, seen_music_of(flags, dataset));
  }
  ProgressLine line("eval", "tokens");
  PNO_TRY(const auto likelihood, eval::likelihood(engine, dataset,
                                                  {.split = flags.split,
                                                   .context = flags.context,
                                                   .max_windows = flags.windows,
                                                   .threads = flags.threads},
                                                  [&](std::int64_t done, std::int64_t total) {
                                                    line.update(done, total);
                                                  }));
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
  auto answer = answer_of(likelihood, taken.count());
  if (!flags.training.empty()) answer.json["seen"] = std::move(seen);
  return answer;
}

}  // namespace

void add_eval(Program& program) {
  auto flags = std::make_shared<EvalFlags>();
  CLI::App& app =
      program.add({.name = "eval",
                   .summary = "Measure how well a model predicts a dataset",
                   .example = "  pno eval run/model.safetensors music.notes --split test",
                   .run = [flags] { return evaluate(*flags); }});
  add_argument(app, "MODEL", flags->model, "Model file (run/model.safetensors)");
  add_argument(app, "DATASET", flags->dataset, "Dataset file (.notes)");
  add_choice(app, "--split", flags->split, "Split to evaluate");
  add_number(app, "--windows", flags->windows, "Number of windows, spread evenly; 0: all");
  add_number(app, "--context", flags->context, "Tokens per window; 0: the model's context");
  add_choice(app, "--precision", flags->precision,
             "Precision of weights and KV cache; generate uses auto");
  app.add_option("--training", flags->training,
                 "Dataset the model was trained on: warns of music that it was trained on and is "
                 "evaluated on; may be given several times")
      ->type_name("FILE")
      ->allow_extra_args(false);
  add_threads(app, flags->threads);
}

}  // namespace pno::cli
