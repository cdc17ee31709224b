#include "train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <new>
#include <numeric>
#include <system_error>

#include "base/interrupt.h"
#include "train/checkpoint.h"
#include "train/crop_queue.h"
#include "train/learner.h"
#include "train/machine.h"
#include "train/metrics.h"
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
        learner_(options.model, options.train, data_.vocabulary.size(), machine_.device) {
    config_ = data_.metadata;
    put_fields(options_.model, "model.", config_);
    put_fields(options_.train, "training.", config_);
  }

  Expected<TrainResult> go() {
    PNO_TRY_VOID(begin());
    PNO_TRY_VOID(take_steps());
    if (interrupted()) return end_interrupted();
    return end();
  }

 private:
  std::filesystem::path checkpoint_folder() const { return options_.run / "checkpoint"; }
  std::filesystem::path model_path() const { return options_.run / "model.safetensors"; }

  Expected<void> begin() {
    std::string note;
    if (options_.resume) {
      PNO_TRY(auto restored, read_checkpoint(checkpoint_folder()));
      const auto changed = differences(restored.checkpoint.config, config_);
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
    } else {
      std::error_code error;
      std::filesystem::create_directories(options_.run, error);
      if (error) return fail("{}: cannot be made: {}", options_.run.string(), error.message());
    }
    PNO_TRY(auto metrics, MetricsLog::open(options_.run / "metrics.jsonl", progress_.step));
    metrics_ = std::make_unique<MetricsLog>(std::move(metrics));
    first_tokens_ = progress_.tokens;
    checkpoint_step_ = progress_.step;
    if (!note.empty()) tell(note);
    return {};
  }

  Expected<void> take_steps() {
    CropQueue crops(data_.crops, options_.train, data_.vocabulary, options_.model.context,
                    progress_.step + 1);
    while (progress_.step < options_.train.steps && !interrupted() && !out_of_time()) {
      PNO_TRY_VOID(take_step(crops.next()));
      std::string note;
      const auto every = options_.train.validation_steps;
      if (every > 0 && progress_.step % every == 0) PNO_TRY_VOID(validate(note));
      if (!interrupted() && checkpoint_is_due()) PNO_TRY_VOID(checkpoint(note));
      tell(std::move(note));
    }
    return {};
  }

  Expected<void> take_step(const std::vector<Batch>& parts) {
    const auto number = progress_.step + 1;
    const Clock clock;
    const auto step = learner_.step(parts, number);
    if (!std::isfinite(step.nll.sum) || !std::isfinite(step.gradient_norm)) {
      return fail(
          "the loss became {} and the length of the gradient {} at step {} (learning rate "
          "{:.3g}); {}; begin another run with a lower --learning_rate",
          step.nll.value(), step.gradient_norm, number, step.learning_rate,
          has_checkpoint(checkpoint_folder())
              ? fmt::format("the checkpoint of step {} is good", checkpoint_step_)
              : std::string("no checkpoint was written before"));
    }
    step_seconds_ += clock.seconds();
    progress_.step = number;
    progress_.tokens += step.nll.targets;
    progress_.since_line.add(step.nll.sum, step.nll.targets);
    progress_.since_validation.add(step.nll.sum, step.nll.targets);
    train_nll_ = progress_.since_validation.value();
    step_nlls_.push_back(step.nll.value());
    last_learning_rate_ = step.learning_rate;
    if (number % kStepsPerLine != 0 && number != options_.train.steps) return {};
    const double nll = progress_.since_line.value();
    progress_.since_line = {};
    return metrics_->add(number, {{"train_nll", nll},
                                  {"learning_rate", step.learning_rate},
                                  {"gradient_norm", step.gradient_norm},
                                  {"tokens", static_cast<double>(progress_.tokens)},
                                  {"tokens_per_s", tokens_per_s()}});
  }

  // Where there is a validation split: measures, and saves the model if it is the best so far.
  Expected<void> validate(std::string& note) {
    if (data_.validation.empty()) return {};
    const double nll = learner_.validate(data_.validation).value();
    if (interrupted()) return {};
    progress_.validation_nll = nll;
    validated_step_ = progress_.step;
    PNO_TRY_VOID(metrics_->add(progress_.step, {{"validation_nll", nll}}));
    if (!progress_.best_nll || nll < *progress_.best_nll) {
      progress_.best_nll = nll;
      PNO_TRY_VOID(save_model());
      note = "best so far";
    }
    progress_.since_validation = {};
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
    return model::write_model(model_path(), options_.model, learner_.model().file_tensors(values),
                              std::move(metadata));
  }

  Expected<void> checkpoint(std::string& note) {
    // Without a validation to choose by, the last model is the best there is.
    if (!progress_.best_nll) PNO_TRY_VOID(save_model());
    Checkpoint checkpoint;
    checkpoint.progress = progress_;
    checkpoint.config = config_;
    learner_.save(checkpoint);
    if (auto written = write_checkpoint(checkpoint_folder(), checkpoint); !written) {
      return fail(
          "{}; {}", written.error().message,
          has_checkpoint(checkpoint_folder())
              ? fmt::format("the checkpoint of step {} is good: go on from it with --resume",
                            checkpoint_step_)
              : std::string("no checkpoint was written before"));
    }
    checkpoint_step_ = progress_.step;
    since_checkpoint_ = {};
    if (!note.empty()) note += ", ";
    note += "checkpoint written";
    return {};
  }

  bool checkpoint_is_due() const {
    if (options_.checkpoint_steps > 0) return progress_.step % options_.checkpoint_steps == 0;
    return since_checkpoint_.seconds() >= options_.checkpoint_minutes * 60;
  }
  bool out_of_time() const {
    return options_.max_minutes > 0 && clock_.seconds() >= options_.max_minutes * 60;
  }

  Expected<TrainResult> end_interrupted() {
    std::string note;
    if (progress_.step > checkpoint_step_) PNO_TRY_VOID(checkpoint(note));
    return fail_interrupted(
        progress_.step == 0
            ? std::string("interrupted before the first step; nothing was written")
            : fmt::format("interrupted after step {} of {}; a checkpoint is in {}: the same "
                          "command with --resume goes on from it",
                          progress_.step, options_.train.steps, checkpoint_folder().string()));
  }

  Expected<TrainResult> end() {
    std::string note;
    if (validated_step_ != progress_.step) PNO_TRY_VOID(validate(note));
    if (interrupted()) return end_interrupted();
    if (progress_.step > checkpoint_step_) PNO_TRY_VOID(checkpoint(note));
    tell(std::move(note));
    return TrainResult{.steps = progress_.step,
                       .tokens = progress_.tokens - first_tokens_,
                       .tokens_per_s = tokens_per_s(),
                       .train_nll = recent_nll(),
                       .validation_nll = progress_.best_nll,
                       .peak_rss_mb = peak_rss_mb(),
                       .seconds = clock_.seconds(),
                       .device = machine_.description};
  }

  void tell(std::string note) {
    if (report_) {
      report_({.step = progress_.step,
               .steps = options_.train.steps,
               .train_nll = train_nll_,
               .learning_rate = last_learning_rate_,
               .tokens_per_s = tokens_per_s(),
               .validation_nll = progress_.validation_nll,
               .note = std::move(note)});
    }
  }

  double tokens_per_s() const {
    return step_seconds_ > 0 ? static_cast<double>(progress_.tokens - first_tokens_) / step_seconds_
                             : 0;
  }
  // Mean over the last tenth of the steps of this call.
  double recent_nll() const {
    if (step_nlls_.empty()) return 0;
    const auto count = static_cast<std::ptrdiff_t>(step_nlls_.size() / 10 + 1);
    return std::accumulate(step_nlls_.end() - count, step_nlls_.end(), 0.0) /
           static_cast<double>(count);
  }

  const TrainOptions& options_;
  const std::function<void(const StepReport&)>& report_;
  Machine machine_;
  TrainingData data_;
  Learner learner_;
  TextFields config_;  // what a resumed run must share
  std::unique_ptr<MetricsLog> metrics_;

  Progress progress_;
  std::int64_t first_tokens_ = 0;     // seen before this call
  std::int64_t checkpoint_step_ = 0;  // of the last checkpoint
  std::int64_t validated_step_ = -1;  // of the last validation in this call
  std::vector<double> step_nlls_;     // of this call
  double step_seconds_ = 0;
  double last_learning_rate_ = 0;
  double train_nll_ = 0;  // mean since the validation before
  Clock clock_, since_checkpoint_;
};

Expected<TrainResult> checked_train(const TrainOptions& options,
                                    const std::function<void(const StepReport&)>& report) {
  PNO_TRY_VOID(options.model.validate());
  PNO_TRY_VOID(options.train.validate());
  const bool begun = has_checkpoint(options.run / "checkpoint");
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
  } catch (const c10::Error& error) {
    const std::string what = error.what_without_backtrace();
    if (what.find("memory") != std::string::npos) return fail("{} ({})", kOutOfMemory, what);
    return fail("LibTorch failed: {}", what);
  } catch (const std::bad_alloc&) {
    return fail("{}", kOutOfMemory);
  }
}

}  // namespace pno::train
