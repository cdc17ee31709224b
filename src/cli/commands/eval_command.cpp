// pno eval: measures how well a model predicts the music of a dataset.

#include <memory>

#include "base/file.h"
#include "base/progress.h"
#include "base/stopwatch.h"
#include "cli/commands/commands.h"
#include "cli/field_flags.h"
#include "cli/likelihood_text.h"
#include "cli/output_path.h"
#include "cli/shared_flags.h"
#include "corpus/dataset.h"
#include "corpus/seen_music.h"
#include "eval/likelihood.h"
#include "infer/engine.h"

namespace pno::cli {
namespace {

struct EvalFlags {
  std::vector<std::string> files;  // models, then the dataset
  std::vector<std::string> training;
  std::string per_piece;
  eval::LikelihoodOptions options;
  infer::Precision precision = infer::Precision::f32;
};

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
  PNO_TRY(const auto seen, corpus::find_seen_music(training, evaluation, flags.options.split,
                                                   flags.options.threads));
  const auto warning = corpus::seen_music_warning(seen, evaluation, flags.options.split);
  if (!warning.empty()) warn(warning);
  Json json = Json::array();
  for (const auto& piece : seen) {
    json.push_back(
        {{"piece", piece.name}, {"training", piece.training_name}, {"share", piece.share}});
  }
  return json;
}

Expected<ModelLikelihood> evaluate_model(const EvalFlags& flags, const std::string& model,
                                         const std::shared_ptr<const infer::Engine>& engine,
                                         const corpus::Dataset& dataset) {
  const Stopwatch clock;
  ProgressLine line("eval", "tokens");
  PNO_TRY(auto likelihood, eval::likelihood(engine, dataset, flags.options,
                                            [&](std::int64_t done, std::int64_t total) {
                                              line.update(done, total);
                                            }));
  return ModelLikelihood{
      .model = model,
      .window = flags.options.window > 0 ? flags.options.window : engine->config().context,
      .stride = flags.options.stride,
      .precision = std::string(enum_name(engine->precision())),
      .likelihood = std::move(likelihood),
      .seconds = clock.seconds()};
}

Expected<Answer> evaluate(const EvalFlags& flags) {
  const Stopwatch clock;
  if (flags.files.size() < 2) {
    return fail_usage("eval needs a model and a dataset: pno eval run/model.safetensors D.notes");
  }
  const std::vector<std::string> models(flags.files.begin(), flags.files.end() - 1);
  const auto& data = flags.files.back();
  if (!flags.per_piece.empty()) {
    PNO_TRY_VOID(
        check_output(flags.per_piece, FileKind::text, {flags.files.begin(), flags.files.end()}));
  }
  // All before the first evaluation: a model that cannot be read is said before hours of work.
  std::vector<std::shared_ptr<const infer::Engine>> engines;
  for (const auto& model : models) {
    PNO_TRY(auto engine, infer::Engine::open(model, {.threads = flags.options.threads,
                                                     .precision = flags.precision}));
    engines.push_back(std::move(engine));
  }
  PNO_TRY(const auto dataset, corpus::Dataset::open(data));
  Json seen;
  if (!flags.training.empty()) {
    PNO_TRY(seen, seen_music_of(flags, dataset));
  }
  std::vector<ModelLikelihood> results;
  Json all = Json::array();
  for (std::size_t i = 0; i < models.size(); ++i) {
    PNO_TRY(auto result, evaluate_model(flags, models[i], engines[i], dataset));
    all.push_back(likelihood_json(result, data, flags.options.split));
    results.push_back(std::move(result));
  }
  if (!flags.per_piece.empty()) {
    PNO_TRY(auto file, ReplacingFile::create(flags.per_piece));
    PNO_TRY_VOID(file.write(piece_csv(results, dataset)));
    PNO_TRY_VOID(file.commit());
  }
  Answer answer{.text = likelihood_text(results), .json = {}};
  if (results.size() == 1) {
    answer.json = std::move(all.front());
  } else {
    answer.json = {{"models", std::move(all)}, {"seconds", clock.seconds()}};
  }
  if (!flags.training.empty()) answer.json["seen"] = std::move(seen);
  return answer;
}

}  // namespace

void add_eval(Program& program) {
  auto flags = std::make_shared<EvalFlags>();
  CLI::App& app =
      program.add({.name = "eval",
                   .summary = "Measure how well models predict a dataset",
                   .example = "  pno eval run/model.safetensors music.notes --split test\n"
                              "  pno eval a.safetensors b.safetensors music.notes --window 2048",
                   .run = [flags] { return evaluate(*flags); }});
  auto& options = flags->options;
  app.add_option("MODEL", flags->files,
                 "Model files (run/model.safetensors), then a dataset file (.notes)")
      ->required()
      ->type_name("");
  add_choice(app, "--split", options.split, "Split to evaluate");
  add_number(app, "--window", options.window,
             "Tokens per window; 0: the model's context, beyond it the KV cache slides");
  add_number(app, "--stride", options.stride,
             "Tokens from one window to the next, of which only the new ones count; 0: no overlap");
  add_number(app, "--sample", options.sample, "Number of windows, spread evenly; 0: all");
  app.add_option("--per-piece", flags->per_piece, "Write a line for each piece to this CSV file")
      ->type_name("FILE");
  // Names of version 0.1.
  app.add_option("--context", options.window)->group("");
  app.add_option("--windows", options.sample)->group("");
  add_choice(app, "--precision", flags->precision,
             "Precision of weights and KV cache; generate uses auto");
  app.add_option("--training", flags->training,
                 "Dataset the model was trained on: warns of music that it was trained on and is "
                 "evaluated on; may be given several times")
      ->type_name("FILE")
      ->allow_extra_args(false);
  add_threads(app, options.threads);
}

}  // namespace pno::cli
