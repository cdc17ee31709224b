// pno train: a dataset to a trained model.

#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/progress.h"
#include "cli/commands.h"
#include "cli/field_flags.h"
#include "cli/preset.h"
#include "cli/shared_flags.h"
#include "train/trainer.h"

namespace pno::cli {
namespace {

struct TrainFlags {
  std::vector<std::string> datasets;
  TextFields model, train;
  train::TrainOptions options;
};

// "music.notes:3" is music.notes with the weight 3, unless a file has the whole name.
Expected<train::DatasetSource> parse_source(const std::string& text) {
  const auto colon = text.rfind(':');
  std::error_code ignored;
  if (colon == std::string::npos || std::filesystem::exists(text, ignored)) return {{text, 1}};
  double weight = 0;
  const auto parsed = parse_field(std::string_view(text).substr(colon + 1), weight);
  if (!parsed || !(weight > 0) || !std::isfinite(weight)) {
    return fail_usage("'{}': its weight, after the colon, is not a number above 0", text);
  }
  return {{text.substr(0, colon), weight}};
}

// Bad values are a wrong call, whether they come from a flag or a preset.
Expected<void> as_usage(const Expected<void>& result) {
  if (result) return {};
  return fail_usage("{}", result.error().message);
}

Expected<train::TrainOptions> options_of(const TrainFlags& flags) {
  auto options = flags.options;
  for (const auto& text : flags.datasets) {
    PNO_TRY(auto source, parse_source(text));
    options.datasets.push_back(std::move(source));
  }
  if (!options.preset.empty()) {
    PNO_TRY_VOID(apply_preset(options.preset, options.model, options.train));
  }
  PNO_TRY_VOID(apply_fields(flags.model, options.model));
  PNO_TRY_VOID(apply_fields(flags.train, options.train));
  PNO_TRY_VOID(as_usage(options.model.validate()));
  PNO_TRY_VOID(as_usage(options.train.validate()));
  if (!(options.checkpoint_minutes > 0)) {
    return fail_usage("--checkpoint-minutes is 0; it must be more than 0");
  }
  return options;
}

// A line for each validation and each note, and on a terminal one below them that is drawn again.
class TrainingLog {
 public:
  void report(const train::StepReport& now) {
    auto detail = fmt::format("loss {:.4f}", now.train_nll);
    if (now.validation_nll) detail += fmt::format("  validation {:.4f}", *now.validation_nll);
    detail += fmt::format("  rate {:.2e}  {} tokens/s", now.learning_rate,
                          grouped(std::llround(now.tokens_per_s)));
    if (now.validated || !now.note.empty()) {
      const auto* const space = now.note.empty() ? "" : "  ";
      line_.note(fmt::format("step {}/{}  {}{}{}", now.step, now.steps, detail, space, now.note));
    }
    line_.update(now.step, now.steps, detail);
  }

 private:
  ProgressLine line_{"train", "steps"};
};

Answer answer_of(const train::TrainOptions& options, const train::TrainResult& result) {
  const auto json_of = [](const std::optional<double>& nll) { return nll ? Json(*nll) : Json(); };
  auto text = fmt::format("{}: {} steps, {} tokens at {}/s in {} ({})\n",
                          (options.run / "model.safetensors").string(), grouped(result.steps),
                          grouped(result.tokens), grouped(std::llround(result.tokens_per_s)),
                          clock_text(result.seconds), result.device);
  std::vector<std::string> losses;
  if (result.train_nll) losses.push_back(fmt::format("train {:.4f}", *result.train_nll));
  if (result.validation_nll) {
    losses.push_back(fmt::format("validation {:.4f}", *result.validation_nll));
  }
  text += "  ";
  if (!losses.empty()) text += fmt::format("NLL in nats per token: {}; ", fmt::join(losses, ", "));
  text += fmt::format("{:.0f} MB of memory at most\n", result.peak_rss_mb);
  return {std::move(text),
          {{"steps", result.steps},
           {"tokens", result.tokens},
           {"tokens_per_s", result.tokens_per_s},
           {"train_nll", json_of(result.train_nll)},
           {"validation_nll", json_of(result.validation_nll)},
           {"peak_rss_mb", result.peak_rss_mb},
           {"seconds", result.seconds}}};
}

Expected<Answer> train(const TrainFlags& flags) {
  PNO_TRY(const auto options, options_of(flags));
  if (const auto warning = train::blas_warning(); !warning.empty()) warn(warning);
  TrainingLog log;
  PNO_TRY(const auto result,
          train::train(options, [&](const train::StepReport& report) { log.report(report); }));
  return answer_of(options, result);
}

}  // namespace

void add_train(Program& program) {
  auto flags = std::make_shared<TrainFlags>();
  auto& options = flags->options;
  CLI::App& app = program.add(
      {.name = "train",
       .summary = "Train a model on a dataset",
       .example = "  pno train music.notes -o run --preset paper --checkpoint-minutes 10\n"
                  "  pno train music.notes -o run --preset paper --resume",
       .run = [flags] { return train(*flags); }});
  add_argument(app, "DATASET", flags->datasets,
               "Dataset files; a.notes:3 draws three times as often as b.notes");
  add_output(app, options.run, "Folder of the run: model, metrics, checkpoint", "FOLDER");
  app.add_option(
         "--preset", options.preset,
         fmt::format("Other defaults for the fields below: {}, or a file .toml", preset_names()))
      ->type_name("NAME");
  app.add_flag("--resume", options.resume, "Go on from the checkpoint in the folder");
  auto* const by_steps = add_number(app, "--checkpoint-steps", options.checkpoint_steps,
                                    "Steps between checkpoints; 0: by minutes");
  add_number(app, "--checkpoint-minutes", options.checkpoint_minutes, "Minutes between checkpoints")
      ->excludes(by_steps);
  add_number(app, "--minutes", options.max_minutes,
             "Stop after so long, with a checkpoint; 0: no limit");
  add_choice(app, "--device", options.device, "Where to compute");
  add_threads(app, options.threads);
  add_field_flags<train::TrainConfig>(app, "Training", flags->train);
  add_field_flags<model::ModelConfig>(app, "Model", flags->model);
}

}  // namespace pno::cli
