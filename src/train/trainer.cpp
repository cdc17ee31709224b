#include "train/trainer.h"

#include <memory>
#include <new>

#include "train/parameter_rates.h"
#include "train/precision.h"
#include "train/start_model.h"
#include "train/training_run.h"

namespace pno::train {
namespace {

// The model to begin from, where one is named and the groups of parameters fit the model.
Expected<std::optional<StartModel>> check_model(const TrainOptions& options) {
  PNO_TRY(const auto vocabulary, events::vocabulary_by_name(options.train.vocabulary));
  const auto list = model::parameters(options.model, vocabulary.size());
  PNO_TRY_VOID(rate_factors(list, options.train.freeze, options.train.layer_rates));
  if (options.init_from.empty()) return std::nullopt;
  PNO_TRY(auto start, open_start_model(options.init_from, options.model, vocabulary));
  return start;
}

Expected<TrainResult> checked_train(const TrainOptions& options,
                                    const std::function<void(const StepReport&)>& report,
                                    const SampleListener& on_sample) {
  PNO_TRY_VOID(options.model.validate());
  PNO_TRY_VOID(options.train.validate());
  if (options.keep_checkpoints < 1) {
    return fail_usage("keep_checkpoints is {}; it must be 1 or more", options.keep_checkpoints);
  }
  const auto& length = options.train;
  if (length.steps == 0 && length.epochs <= 0 && length.patience == 0 && options.max_minutes <= 0) {
    return fail_usage("the run would never end: set steps, epochs, patience or minutes");
  }
  PNO_TRY(auto resolved, with_rows(options.train, options.model.context));
  PNO_TRY(auto start, check_model(options));
  const bool begun = has_checkpoint(RunFolder(options.run).checkpoints());
  if (begun && !options.resume) {
    return fail("{}: holds a run already; go on with --resume, or name another folder",
                options.run.string());
  }
  if (!begun && options.resume) {
    return fail("{}: holds no checkpoint to resume; leave out --resume to begin",
                options.run.string());
  }
  PNO_TRY(auto machine, prepare_machine(options.device, options.threads));
  resolved.precision =
      precision_on(machine.device, options.train.precision, options.model.head_width());
  machine.description += describe_precision(machine.device, resolved.precision);
  PNO_TRY(auto data, open_training_data(options.datasets, resolved, options.model.context));
  const RunListeners listeners{report, on_sample};
  return std::make_unique<TrainingRun>(options, std::move(resolved), listeners, std::move(machine),
                                       std::move(data), std::move(start))
      ->go();
}

}  // namespace

Expected<TrainResult> train(const TrainOptions& options,
                            const std::function<void(const StepReport&)>& report,
                            const SampleListener& on_sample) {
  constexpr std::string_view kOutOfMemory =
      "there is not enough memory; take a smaller --batch or --context, or a larger --accumulate";
  try {
    return checked_train(options, report, on_sample);
  } catch (const c10::OutOfMemoryError& error) {  // of a GPU
    return fail("{} ({})", kOutOfMemory, error.what_without_backtrace());
  } catch (const c10::Error& error) {
    const std::string what = error.what_without_backtrace();
    // The words of the CPU's allocator, which has no exception of its own.
    if (what.find("not enough memory") == what.npos) return fail("LibTorch failed: {}", what);
    return fail("{} ({})", kOutOfMemory, what);
  } catch (const std::bad_alloc&) {
    return fail("{}", kOutOfMemory);
  }
}

}  // namespace pno::train
