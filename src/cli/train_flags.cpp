#include "cli/train_flags.h"

#include <fmt/ranges.h>

#include <system_error>
#include <utility>

#include "base/version.h"
#include "cli/commit.h"
#include "cli/preset.h"
#include "cli/shared_flags.h"

namespace pno::cli {
namespace {

constexpr int kMostCheckpoints = 1000;
constexpr double kSampleMinutes = 10;
constexpr double kLeastRankTimeout = 1, kMostRankTimeout = 1e6;  // seconds

}  // namespace

void add_train_flags(CLI::App& app, TrainFlags& flags) {
  auto& options = flags.options;
  options.sample_minutes = kSampleMinutes;
  app.add_option("DATASET", flags.datasets,
                 "Dataset files; a.notes:3 is sampled three times as often as b.notes")
      ->type_name("");
  app.add_option("-o,--output", options.run, "Folder of the run: model, metrics, checkpoints")
      ->type_name("FOLDER");
  auto& kept = flags.kept;
  auto* const preset = app.add_option("--preset", options.preset,
                                      fmt::format("Preset that changes the defaults below, or the "
                                                  "config.toml of a run to repeat: {}, or a .toml "
                                                  "file",
                                                  preset_names()))
                           ->type_name("NAME");
  kept.keep(preset, options.preset);
  auto* const resume = app.add_flag(
      "--resume", options.resume,
      "Continue a run from its checkpoint, with its datasets and settings: --resume RUN");
  auto* const init =
      app.add_option("--init-from", flags.init_from,
                     "Model file with the initial weights (fine-tuning); default: random weights")
          ->type_name("FILE");
  kept.keep(init, flags.init_from);
  app.add_flag("--override", options.override_config,
               "Resume with other settings, except the model's shape and vocabulary")
      ->needs(resume);
  auto* const by_steps = add_number(app, "--checkpoint-steps", options.checkpoint_steps,
                                    "Steps between checkpoints; 0: use --checkpoint-minutes");
  kept.keep(by_steps, options.checkpoint_steps);
  auto* const by_minutes = add_number(app, "--checkpoint-minutes", options.checkpoint_minutes,
                                      "Minutes between checkpoints")
                               ->excludes(by_steps);
  kept.keep(by_minutes, options.checkpoint_minutes);
  const auto add_kept = [&](const std::string& flag, auto& value, const std::string& help) {
    auto* const option = add_number(app, flag, value, help);
    kept.keep(option, value);
    return option;
  };
  add_kept("--keep-checkpoints", options.keep_checkpoints,
           "Number of the latest checkpoints to keep")
      ->check(CLI::Range(1, kMostCheckpoints).description(""));
  add_kept("--sample-minutes", options.sample_minutes,
           "Minutes between samples of the model's music in RUN/samples; 0: none");
  add_kept("--sample-seconds", flags.sample_seconds, "Seconds of music in a sample");
  add_kept("--minutes", options.max_minutes,
           "Minutes after which to write a checkpoint and stop; 0: no limit");
  add_kept("--rank-timeout", options.ranks.timeout_s,
           "Of several processes: seconds after which one that does not answer is lost; longer "
           "than a validation and a checkpoint")
      ->check(CLI::Range(kLeastRankTimeout, kMostRankTimeout).description(""));
  add_kept("--join-timeout", options.ranks.join_s,
           "Of several processes: seconds that they wait for each other at the start")
      ->check(CLI::Range(1.0, kMostRankTimeout).description(""));
  kept.keep(add_choice(app, "--device", options.device, "Device to train on"), options.device);
  add_threads(app, options.threads);
  kept.keep(app.get_option("--threads"), options.threads);
  add_field_flags<train::TrainConfig>(app, "Training", flags.train);
  add_field_flags<model::ModelConfig>(app, "Model", flags.model);
}

Expected<void> name_run(TrainFlags& flags) {
  auto& run = flags.options.run;
  if (!run.empty()) return {};
  if (!flags.options.resume) return fail_usage("--output is required, the folder of the run");
  if (flags.datasets.size() != 1) return fail_usage("--resume needs one folder, that of the run");
  run = flags.datasets.front();
  flags.datasets.clear();
  return {};
}

std::filesystem::path own_record(const train::TrainOptions& options) {
  std::error_code ignored;
  const auto path = options.run / "config.toml";
  return options.resume && std::filesystem::exists(path, ignored) ? path : "";
}

Expected<RunRecord> restore_flags(TrainFlags& flags) {
  const auto& options = flags.options;
  const auto preset = options.preset, own = own_record(options).string();
  RunRecord record;
  for (const auto& file : {own, preset}) {
    if (file.empty()) continue;
    model::ModelConfig model;
    train::TrainConfig train;
    RunRecord read;
    PNO_TRY_VOID(apply_preset(file, model, train, &read));
    if (file == own) {
      read.settings.erase("init_from");  // the checkpoint has the weights
      record = read;
    }
    PNO_TRY_VOID(flags.kept.restore(read.settings, file));
    if (flags.datasets.empty()) flags.datasets = read.datasets;
  }
  if (!flags.datasets.empty()) return record;
  if (!options.resume) return fail_usage("DATASET is required, the music to train on");
  std::error_code ignored;
  if (!std::filesystem::is_directory(options.run / "checkpoint", ignored)) {
    return fail("{}: holds no run to continue; name the folder of a run", options.run.string());
  }
  return fail(
      "{}: has no config.toml with its datasets, as a run of pno 0.1; to continue it, name its "
      "datasets and repeat its flags",
      options.run.string());
}

void make_record(const TrainFlags& flags, RunRecord before, train::TrainOptions& options) {
  before.version = kPnoVersion;
  before.commit = build_commit();
  std::error_code ignored;
  before.folder = std::filesystem::current_path(ignored).string();
  // A job that is stopped and started again by its queue is listed once.
  auto command = shell_text(own_arguments());
  if (before.commands.empty() || before.commands.back() != command) {
    before.commands.push_back(std::move(command));
  }
  before.datasets.clear();
  for (const auto& source : options.datasets) {
    before.datasets.push_back(std::filesystem::absolute(source.path, ignored).string());
    if (source.weight != 1) before.datasets.back() += fmt::format(":{}", source.weight);
  }
  before.settings = flags.kept.texts();
  if (!options.init_from.empty()) {
    before.settings["init_from"] = std::filesystem::absolute(options.init_from, ignored).string();
  }
  options.commit = before.commit;
  options.command = fmt::format("{}", fmt::join(before.commands, " && "));
  options.record =
      record_text((options.run / "config.toml").string(), before, options.model, options.train);
}

}  // namespace pno::cli
