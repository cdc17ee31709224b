#include "train/trainer.h"

#include <memory>
#include <new>

#include "train/run/agreement.h"
#include "train/run/run_description.h"
#include "train/run/run_precision.h"
#include "train/run/start_model.h"
#include "train/run/training_run.h"
#include "train/step/parameter_rates.h"

namespace pno::train {
namespace {

// Opens the model with the initial weights, if there is one. Returns an error if a group of
// `freeze` or `layer_rates` does not fit the model.
Expected<std::optional<StartModel>> check_model(const TrainOptions& options) {
  PNO_TRY(auto vocabulary, options.train.events());
  if (options.train.has_roles()) {
    PNO_TRY(const auto with_roles, events::with_roles(vocabulary, {}));
    vocabulary = with_roles.ids;  // the number of composers does not matter here
  }
  const auto list = model::parameters(
      options.model, model::VocabularySize(vocabulary.inputs(), vocabulary.outputs()));
  PNO_TRY_VOID(rate_factors(list, options.train.freeze, options.train.layer_rates));
  if (options.init_from.empty()) return std::nullopt;
  PNO_TRY(auto start, open_start_model(options.init_from, options.model, vocabulary));
  return start;
}

Expected<void> check(const TrainOptions& options) {
  PNO_TRY_VOID(options.model.validate());
  PNO_TRY_VOID(options.train.validate());
  if (options.keep_checkpoints < 1) {
    return fail_usage("keep_checkpoints is {}; it must be 1 or more", options.keep_checkpoints);
  }
  const auto& length = options.train;
  if (length.steps == 0 && length.epochs <= 0 && length.patience == 0 && options.max_minutes <= 0) {
    return fail_usage("the run would never end: set steps, epochs, patience or minutes");
  }
  return {};
}

// Returns an error if a new run would overwrite an old one, or if the run to resume does not exist.
Expected<void> check_folder(const TrainOptions& options) {
  const bool begun = has_checkpoint(RunFolder(options.run).checkpoints());
  if (begun && !options.resume) {
    return fail("{}: holds a run already; continue it with --resume, or name another folder",
                options.run.string());
  }
  if (!begun && options.resume) {
    return fail("{}: holds no checkpoint to resume; omit --resume to start a new run",
                options.run.string());
  }
  return {};
}

// The vocabulary of the checkpoint that rank 0 continues from, or of the first model, if it has
// roles: their composers are those of the first datasets.
Expected<std::optional<events::StoredVocabulary>> earlier_vocabulary(
    const TrainOptions& options, const Ranks& ranks, const std::optional<StartModel>& start) {
  if (options.resume && ranks.is_first()) {
    const auto config = newest_config(RunFolder(options.run).checkpoints());
    if (config.contains("vocabulary.composers")) {
      PNO_TRY(auto vocabulary, events::get_vocabulary(config));
      return vocabulary;
    }
  }
  if (start && start->vocabulary.ids.has_roles) return start->vocabulary;
  return std::nullopt;
}

// All that this rank needs for its first step, except the connections to the others.
Expected<RunSetup> prepare(const TrainOptions& options, TrainConfig train, const Ranks& ranks) {
  PNO_TRY(auto start, check_model(options));
  if (ranks.is_first()) PNO_TRY_VOID(check_folder(options));
  PNO_TRY(auto machine, prepare_machine(options.device, options.threads, ranks));
  train.precision =
      precision_on(machine.device, options.train.precision, options.model.head_width());
  machine.description += describe_precision(machine.device, train.precision);
  PNO_TRY(auto vocabulary, earlier_vocabulary(options, ranks, start));
  PNO_TRY(auto data, open_training_data(options.datasets, train,
                                        {.context = options.model.context,
                                         .share = {.rank = ranks.rank(), .ranks = ranks.size()},
                                         .vocabulary = std::move(vocabulary)}));
  RunSetup setup{.options = options,
                 .train = std::move(train),
                 .start = std::move(start),
                 .machine = std::move(machine),
                 .data = std::move(data)};
  setup.config = run_config(setup);
  return setup;
}

Expected<TrainResult> train_as(Ranks& ranks, const TrainOptions& options, const TrainConfig& train,
                               const RunListeners& listeners) {
  auto setup = prepare(options, train, ranks);
  PNO_TRY_VOID(agree_to_begin(ranks, setup.map([](const RunSetup& own) { return own.config; })));
  const c10::DeviceGuard device(setup->machine.device);
  PNO_TRY_VOID(ranks.connect(setup->machine.device));
  return std::make_unique<TrainingRun>(std::move(*setup), listeners, ranks)->run();
}

// Calls work(), and turns what LibTorch throws into an error.
template <class Work>
Expected<TrainResult> translate_exceptions(const Work& work) {
  constexpr std::string_view kOutOfMemory =
      "there is not enough memory; use a smaller --batch or --context, or a larger --accumulate";
  try {
    return work();
  } catch (const LostRank& lost) {
    return fail("{}; the run stops", lost.sentence("before the first step"));
  } catch (const c10::OutOfMemoryError& error) {  // of a GPU
    return fail("{} ({})", kOutOfMemory, error.what_without_backtrace());
  } catch (const c10::Error& error) {
    const std::string what = error.what_without_backtrace();
    // The message of the CPU's allocator, which has no exception of its own.
    if (what.find("not enough memory") == what.npos) return fail("LibTorch failed: {}", what);
    return fail("{} ({})", kOutOfMemory, what);
  } catch (const std::bad_alloc&) {
    return fail("{}", kOutOfMemory);
  }
}

}  // namespace

Expected<TrainResult> train(const TrainOptions& options,
                            const std::function<void(const StepReport&)>& report,
                            const SampleListener& on_sample) {
  PNO_TRY_VOID(check(options));
  PNO_TRY(const auto resolved, with_rows(options.train, options.model.context));
  if (resolved.batch < options.ranks.place.size) {
    return fail_usage("batch is {}, fewer crops than the {} ranks; each needs one at least",
                      resolved.batch, options.ranks.place.size);
  }
  const auto say = [&](const std::string& sentence) {
    if (report) report({.note = sentence});
  };
  PNO_TRY(const auto ranks, Ranks::join(options.ranks, say));
  const RunListeners listeners{report, on_sample};
  return translate_exceptions([&] { return train_as(*ranks, options, resolved, listeners); });
}

}  // namespace pno::train
