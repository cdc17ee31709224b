// pno train: trains a model on datasets.

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/interrupt.h"
#include "base/progress.h"
#include "cli/commands/commands.h"
#include "cli/field_flags.h"
#include "cli/preset.h"
#include "cli/sample_writer.h"
#include "cli/train_flags.h"
#include "cli/training_log.h"
#include "corpus/matching/seen_music.h"
#include "events/stored_vocabulary.h"
#include "model/model_file.h"
#include "simd/simd_target.h"
#include "train/kernels/blas.h"
#include "train/rank_options.h"
#include "train/ranks/rank_place.h"
#include "train/run/checkpoint_request.h"
#include "train/trainer.h"

namespace pno::cli {
namespace {

constexpr std::string_view kStopping =
    "stopping after this step, with a checkpoint; press Ctrl-C twice more to end without";

// "music.notes:3" is music.notes with weight 3, unless a file has the complete name.
Expected<train::DatasetSource> parse_source(const std::string& text) {
  const auto colon = text.rfind(':');
  std::error_code ignored;
  if (colon == std::string::npos || std::filesystem::exists(text, ignored)) return {{text, 1}};
  double weight = 0;
  const auto parsed = parse_field(std::string_view(text).substr(colon + 1), weight);
  if (!parsed || !(weight > 0) || !std::isfinite(weight)) {
    return fail_usage("'{}': the weight after the colon is not a number above 0", text);
  }
  return {{text.substr(0, colon), weight}};
}

// Turns any error into a usage error: bad values come from a flag or a preset.
Expected<void> as_usage(const Expected<void>& result) {
  if (result) return {};
  return fail_usage("{}", result.error().message);
}

// Copies shape and vocabulary of the initial model. The run rejects presets and flags that
// contradict it.
Expected<void> copy_initial_shape(train::TrainOptions& options) {
  if (options.init_from.empty()) return {};
  PNO_TRY(const auto file, model::ModelFile::open(options.init_from));
  options.model = file.config();
  PNO_TRY(const auto vocabulary, events::get_vocabulary(file.metadata()));
  options.train.vocabulary = events::vocabulary_name(vocabulary.ids);
  return {};
}

// A length on the command line replaces one of the preset in another unit.
Expected<void> resolve_lengths(const TextFields& given, train::TrainConfig& train) {
  const auto is_given = [&](const char* field) { return !given.at(field).empty(); };
  if (is_given("epochs") && !is_given("steps")) train.steps = 0;
  if (is_given("batch") && is_given("batch_tokens") && train.batch_tokens > 0) {
    return fail_usage("--batch and --batch-tokens exclude each other; omit one of them");
  }
  if (is_given("batch")) train.batch_tokens = 0;
  return {};
}

Expected<train::TrainOptions> options_of(TrainFlags& flags) {
  PNO_TRY_VOID(name_run(flags));
  const auto preset = flags.options.preset;  // not that of the record
  PNO_TRY(auto record, restore_flags(flags));
  auto options = flags.options;
  options.init_from = flags.init_from;
  for (const auto& text : flags.datasets) {
    PNO_TRY(auto source, parse_source(text));
    options.datasets.push_back(std::move(source));
  }
  PNO_TRY_VOID(copy_initial_shape(options));
  for (const auto& file : {own_record(options).string(), preset}) {
    if (!file.empty()) PNO_TRY_VOID(apply_preset(file, options.model, options.train));
  }
  PNO_TRY_VOID(apply_fields(flags.model, options.model));
  PNO_TRY_VOID(apply_fields(flags.train, options.train));
  PNO_TRY_VOID(resolve_lengths(flags.train, options.train));
  PNO_TRY_VOID(as_usage(options.model.validate()));
  PNO_TRY_VOID(as_usage(options.train.validate()));
  if (!(options.checkpoint_minutes > 0)) {
    return fail_usage("--checkpoint-minutes is 0; it must be more than 0");
  }
  if (!(flags.sample_seconds > 0)) {
    return fail_usage("--sample-seconds is 0; it must be more than 0");
  }
  make_record(flags, std::move(record), options);
  return options;
}

// The limit that ended the run.
std::string ending_text(const train::TrainOptions& options, train::Ending ending) {
  switch (ending) {
    case train::Ending::steps:
      return "finished all steps";
    case train::Ending::epochs:
      return fmt::format("finished {} epochs", options.train.epochs);
    case train::Ending::minutes:
      return fmt::format("stopped after {} minutes", options.max_minutes);
    case train::Ending::patience:
      break;
  }
  return fmt::format("stopped after {} validations without improvement", options.train.patience);
}

Answer answer_of(const train::TrainOptions& options, const train::TrainResult& result) {
  const auto json_of = [](const std::optional<double>& nll) { return nll ? Json(*nll) : Json(); };
  auto text = fmt::format(
      "{}: {}, {}; {} tokens at {}/s in {} ({})\n", (options.run / "model.safetensors").string(),
      counted(result.steps, "step"), ending_text(options, result.ending), grouped(result.tokens),
      grouped(std::llround(result.tokens_per_s)), clock_text(result.seconds), result.device);
  std::vector<std::string> losses;
  if (result.train_nll) losses.push_back(fmt::format("train {:.4f}", *result.train_nll));
  if (result.validation_nll) {
    losses.push_back(fmt::format("validation {:.4f}", *result.validation_nll));
  }
  if (result.validation_nll_grammar) {
    losses.push_back(fmt::format("among allowed events {:.4f}", *result.validation_nll_grammar));
  }
  text += "  ";
  if (!losses.empty()) text += fmt::format("NLL in nats per token: {}; ", fmt::join(losses, ", "));
  text += fmt::format("peak memory {:.0f} MB\n", result.peak_rss_mb);
  return {std::move(text),
          {{"steps", result.steps},
           {"tokens", result.tokens},
           {"tokens_per_s", result.tokens_per_s},
           {"train_nll", json_of(result.train_nll)},
           {"train_nll_grammar", json_of(result.train_nll_grammar)},
           {"validation_nll", json_of(result.validation_nll)},
           {"validation_nll_grammar", json_of(result.validation_nll_grammar)},
           {"peak_rss_mb", result.peak_rss_mb},
           {"seconds", result.seconds}}};
}

// A rank above 0. It prints only while it waits for other ranks, and errors.
Expected<Answer> train_as_follower(const train::TrainOptions& options) {
  TrainingLog log;
  const auto result = train::train(options, [&](const train::StepReport& now) { log.report(now); });
  if (result) return Answer{};
  const bool is_interrupted = result.error().kind == Error::Kind::interrupted;  // rank 0 reports it
  return is_interrupted ? fail_interrupted("") : tl::unexpected(result.error());
}

// More threads than cores only wait for each other. Several ranks share the cores anyway.
void cap_threads(train::TrainOptions& options) {
  const auto cores = static_cast<int>(std::thread::hardware_concurrency());
  if (cores == 0 || options.threads <= cores || options.ranks.place.size > 1) return;
  warn(fmt::format("--threads {} is more than this machine's {}; {} will be used", options.threads,
                   counted(cores, "core"), cores));
  options.threads = cores;
}

// A run without a validation split cannot say how good it is on unseen music, and a validation loss
// on music that is trained on is too good. Datasets that cannot be opened are left to train(),
// which says why.
Expected<void> warn_of_validation(const train::TrainOptions& options) {
  std::vector<corpus::Dataset> datasets;
  for (const auto& source : options.datasets) {
    auto dataset = corpus::Dataset::open(source.path);
    if (!dataset) return {};
    datasets.push_back(std::move(*dataset));
  }
  std::vector<const corpus::Dataset*> training;
  for (const auto& dataset : datasets) training.push_back(&dataset);
  const auto is_unvalidated = [](const corpus::Dataset& dataset) {
    return dataset.split(corpus::Split::validation).empty();
  };
  if (std::ranges::all_of(datasets, is_unvalidated)) {
    warn(fmt::format(
        "{}: the validation split is empty, so the loss on unseen music is not measured; 'pno "
        "prepare --split 90/5/5' makes one of a larger dataset",
        datasets.front().name()));
  }
  for (const auto& dataset : datasets) {
    PNO_TRY(const auto seen,
            corpus::find_seen_music(training, dataset, corpus::Split::validation, options.threads));
    const auto warning = corpus::seen_music_warning(seen, dataset, corpus::Split::validation);
    if (!warning.empty()) warn(warning);
  }
  return {};
}

Expected<Answer> train(TrainFlags& flags) {
  PNO_TRY(auto options, options_of(flags));
  PNO_TRY_VOID(simd::use_target_of_environment());
  PNO_TRY(options.ranks.place, train::rank_place());
  if (options.ranks.place.rank > 0) {
    catch_interrupts_patiently("");  // rank 0 says it
    train::catch_checkpoint_requests();
    return train_as_follower(options);
  }
  if (const auto warning = train::blas_warning(); !warning.empty()) warn(warning);
  cap_threads(options);
  PNO_TRY_VOID(warn_of_validation(options));
  catch_interrupts_patiently(kStopping);
  train::catch_checkpoint_requests();
  std::mutex log_mutex;  // samples are reported on another thread
  TrainingLog log;
  const auto report = [&](const train::StepReport& now) {
    const std::lock_guard lock(log_mutex);
    log.report(now);
  };
  SampleWriter samples(options.run / "samples",
                       {.seconds = flags.sample_seconds, .seed = options.train.seed},
                       [&](const std::string& sentence) {
                         const std::lock_guard lock(log_mutex);
                         log.note(sentence);
                       });
  train::SampleListener on_sample;
  if (options.sample_minutes > 0) {
    on_sample = [&](std::int64_t step, const std::filesystem::path& model) {
      samples.start(step, model);
    };
  }
  PNO_TRY(const auto result, train::train(options, report, on_sample));
  samples.finish();
  return answer_of(options, result);
}

}  // namespace

void add_train(Program& program) {
  auto flags = std::make_shared<TrainFlags>();
  CLI::App& app = program.add(
      {.name = "train",
       .summary = "Train a model on a dataset",
       .example = "  pno train music.notes -o run --preset paper --checkpoint-minutes 10\n"
                  "  pno train --resume run\n"
                  "  pno train --preset run/config.toml -o again\n"
                  "  pno train mine.notes -o mine --init-from run/model.safetensors --epochs 3 "
                  "--freeze embedding,layers.0-2",
       .run = [flags] { return train(*flags); }});
  add_train_flags(app, *flags);
}

}  // namespace pno::cli
