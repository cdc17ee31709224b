#include "train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <new>
#include <numeric>

#include "base/interrupt.h"
#include "train/attention_cuda_tensors.h"
#include "train/crop_queue.h"
#include "train/learner.h"
#include "train/machine.h"
#include "train/run_folder.h"
#include "train/schedule.h"
#include "train/training_data.h"

namespace pno::train {
namespace {

constexpr std::int64_t kStepsPerLine = 10;  // of metrics.jsonl

class Clock {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// A run from its first step in this call to its last.
class Run {
 public:
  Run(const TrainOptions& options, const std::function<void(const StepReport&)>& report,
      Machine machine, TrainingData data)
      : options_(options),
        report_(report),
        machine_(std::move(machine)),
        data_(std::move(data)),
        learner_(options.model, options.train, data_.vocabulary.size(), machine_.device),
        folder_(options.run) {
    config_ = data_.metadata;
    put_fields(options_.model, "model.", config_);
    put_fields(options_.train, "training.", config_);
  }

  Expected<TrainResult> go() {
    PNO_TRY_VOID(begin());
    PNO_TRY_VOID(take_steps());
    return end();
  }

 private:
  Expected<void> begin() {
    std::string note;
    if (options_.resume) PNO_TRY_VOID(restore(note));
    PNO_TRY_VOID(folder_.open(progress_));
    if (has_new_windows_) forget_best(note);
    first_tokens_ = progress_.tokens;
    const auto slow_attention =
        fused_cuda::slow_attention_note(machine_.device, options_.model.head_width());
    if (!slow_attention.empty()) note += (note.empty() ? "" : "; ") + slow_attention;
    if (!note.empty()) tell({.note = std::move(note)});
    return {};
  }

  Expected<void> restore(std::string& note) {
    PNO_TRY(auto restored, read_checkpoint(folder_.checkpoints()));
    const auto& before = restored.checkpoint.config;
    const auto changed = differences(before, config_);
    if (!changed.empty()) {
      return fail(
          "{}: cannot be resumed with another configuration: {}; give the same, or begin "
          "another run",
          options_.run.string(), fmt::join(changed, "; "));
    }
    learner_.restore(restored.checkpoint);
    progress_ = restored.checkpoint.progress;
    train_nll_ = progress_.since_validation.value();
    note = std::move(restored.note);
    const auto windows = before.find("training.validation_windows");
    has_new_windows_ = progress_.best_nll && windows != before.end() &&
                       windows->second != field_text(options_.train.validation_windows);
    return {};
  }

  // A loss on other windows compares with none before.
  void forget_best(std::string& note) {
    progress_.best_nll = progress_.validation_nll = std::nullopt;
    progress_.validated_step = -1;
    if (!note.empty()) note += "; ";
    note += "validation_windows has changed: the best so far no longer counts";
  }

  Expected<void> take_steps() {
    // The stop may have come between a step and its validation, or within that.
    PNO_TRY_VOID(validate_if_due());
    CropQueue crops(data_.crops, options_.train, data_.vocabulary, options_.model.context,
                    progress_.step + 1);
    while (progress_.step < options_.train.steps && !interrupted() && !out_of_time()) {
      PNO_TRY_VOID(take_step(crops));
      tell({});
      PNO_TRY_VOID(validate_if_due());
      if (!interrupted() && checkpoint_is_due()) PNO_TRY_VOID(checkpoint());
    }
    return {};
  }

  Expected<void> take_step(CropQueue& crops) {
    const auto number = progress_.step + 1;
    const Clock clock;
    const auto step = learner_.step(crops.next(), number);
    if (!std::isfinite(step.nll.sum) || !std::isfinite(step.gradient_norm)) {
      return fail_diverged(fmt::format("the loss became {} and the length of the gradient {}",
                                       step.nll.value(), step.gradient_norm),
                           number);
    }
    step_seconds_ += clock.seconds();
    progress_.step = number;
    progress_.tokens += step.nll.targets;
    progress_.since_line.add(step.nll.sum, step.nll.targets);
    progress_.since_validation.add(step.nll.sum, step.nll.targets);
    train_nll_ = progress_.since_validation.value();
    step_nlls_.push_back(step.nll.value());
    if (number % kStepsPerLine != 0 && number != options_.train.steps) return {};
    const double nll = progress_.since_line.value();
    progress_.since_line = {};
    return folder_.add_metrics(number, {{"train_nll", nll},
                                        {"learning_rate", step.learning_rate},
                                        {"gradient_norm", step.gradient_norm},
                                        {"tokens", progress_.tokens},
                                        {"tokens_per_s", tokens_per_s()}});
  }

  tl::unexpected<Error> fail_diverged(const std::string& what, std::int64_t step) const {
    return fail(
        "{} at step {} (learning rate {:.3g}); {}; begin another run with a lower "
        "--learning-rate",
        what, step, learning_rate(options_.train, step), folder_.what_is_good());
  }

  Expected<void> validate_if_due() {
    const auto every = options_.train.validation_steps;
    const bool is_due = every > 0 && progress_.step > 0 && progress_.step % every == 0;
    if (!is_due || progress_.validated_step == progress_.step) return {};
    return validate();
  }

  // Where there is a validation split: measures, and saves the model if it is the best so far.
  Expected<void> validate() {
    if (data_.validation.empty()) return {};
    const double nll = learner_.validate(data_.validation).value();
    if (interrupted()) return {};
    if (!std::isfinite(nll)) {
      return fail_diverged(fmt::format("the loss on the validation split became {}", nll),
                           progress_.step);
    }
    PNO_TRY_VOID(folder_.add_metrics(progress_.step, {{"validation_nll", nll}}));
    progress_.validation_nll = nll;
    progress_.validated_step = progress_.step;
    const bool is_best = !progress_.best_nll || nll < *progress_.best_nll;
    if (is_best) {
      progress_.best_nll = nll;
      PNO_TRY_VOID(save_model());
    }
    progress_.since_validation = {};
    tell({.validated = true, .note = is_best ? "best so far" : ""});
    return {};
  }

  Expected<void> save_model() const {
    auto metadata = data_.metadata;
    put_fields(data_.vocabulary, "vocabulary.", metadata);
    put_fields(options_.train, "training.", metadata);
    metadata["training.step"] = field_text(progress_.step);
    metadata["training.tokens"] = field_text(progress_.tokens);
    metadata["training.train_nll"] = fmt::format("{:.4f}", train_nll_);
    if (progress_.best_nll) {
      metadata["training.validation_nll"] = fmt::format("{:.4f}", *progress_.best_nll);
    }
    metadata["training.preset"] = options_.preset;
    metadata["pno.version"] = PNO_VERSION;
    const auto values = learner_.model().values();
    return folder_.write_model(options_.model, learner_.model().file_tensors(values),
                               std::move(metadata));
  }

  Expected<void> checkpoint() {
    // Without a validation to choose by, the last model is the best there is.
    if (!progress_.best_nll) PNO_TRY_VOID(save_model());
    Checkpoint checkpoint;
    checkpoint.progress = progress_;
    checkpoint.config = config_;
    learner_.save(checkpoint);
    PNO_TRY_VOID(folder_.write_checkpoint(checkpoint));
    since_checkpoint_ = {};
    tell({.note = "checkpoint written"});
    return {};
  }

  bool checkpoint_is_due() const {
    if (options_.checkpoint_steps > 0) return progress_.step % options_.checkpoint_steps == 0;
    return since_checkpoint_.seconds() >= options_.checkpoint_minutes * 60;
  }
  bool out_of_time() const {
    return options_.max_minutes > 0 && clock_.seconds() >= options_.max_minutes * 60;
  }

  Expected<TrainResult> end() {
    if (!interrupted() && progress_.validated_step != progress_.step) PNO_TRY_VOID(validate());
    if (interrupted() && progress_.step == 0) {
      return fail_interrupted(fmt::format(
          "interrupted before the first step; {} holds no checkpoint", options_.run.string()));
    }
    if (!folder_.is_saved(progress_)) PNO_TRY_VOID(checkpoint());
    if (interrupted()) {
      return fail_interrupted(
          fmt::format("interrupted after step {} of {}; a checkpoint is in {}: the same "
                      "command with --resume goes on from it",
                      progress_.step, options_.train.steps, folder_.checkpoints().string()));
    }
    return TrainResult{.steps = progress_.step,
                       .tokens = progress_.tokens - first_tokens_,
                       .tokens_per_s = tokens_per_s(),
                       .train_nll = recent_nll(),
                       .validation_nll = progress_.best_nll,
                       .peak_rss_mb = peak_rss_mb(),
                       .seconds = clock_.seconds(),
                       .device = machine_.description};
  }

  // Reports where the run is; `what` says what has just happened.
  void tell(StepReport what) const {
    if (!report_) return;
    what.step = progress_.step;
    what.steps = options_.train.steps;
    what.train_nll = train_nll_;
    what.learning_rate = learning_rate(options_.train, std::max<std::int64_t>(progress_.step, 1));
    what.tokens_per_s = tokens_per_s();
    what.validation_nll = progress_.validation_nll;
    report_(what);
  }

  double tokens_per_s() const {
    return step_seconds_ > 0 ? static_cast<double>(progress_.tokens - first_tokens_) / step_seconds_
                             : 0;
  }
  // Mean over the last tenth of the steps of this call, if it took any.
  std::optional<double> recent_nll() const {
    if (step_nlls_.empty()) return std::nullopt;
    const auto count = static_cast<std::ptrdiff_t>(step_nlls_.size() / 10 + 1);
    return std::accumulate(step_nlls_.end() - count, step_nlls_.end(), 0.0) /
           static_cast<double>(count);
  }

  const TrainOptions& options_;
  const std::function<void(const StepReport&)>& report_;
  Machine machine_;
  TrainingData data_;
  Learner learner_;
  RunFolder folder_;
  TextFields config_;  // what a resumed run must share

  Progress progress_;
  bool has_new_windows_ = false;   // since the checkpoint
  std::int64_t first_tokens_ = 0;  // seen before this call
  std::vector<double> step_nlls_;  // of this call
  double step_seconds_ = 0;        // of this call, with the wait for crops
  double train_nll_ = 0;           // mean since the validation before
  Clock clock_, since_checkpoint_;
};

Expected<TrainResult> checked_train(const TrainOptions& options,
                                    const std::function<void(const StepReport&)>& report) {
  PNO_TRY_VOID(options.model.validate());
  PNO_TRY_VOID(options.train.validate());
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
  PNO_TRY(auto data, open_training_data(options.datasets, options.train, options.model.context));
  return std::make_unique<Run>(options, report, std::move(machine), std::move(data))->go();
}

}  // namespace

Expected<TrainResult> train(const TrainOptions& options,
                            const std::function<void(const StepReport&)>& report) {
  constexpr std::string_view kOutOfMemory =
      "there is not enough memory; take a smaller --batch or --context, or a larger --accumulate";
  try {
    return checked_train(options, report);
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
