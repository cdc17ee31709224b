#pragma once

// The loop: steps, validations, checkpoints; the way back from a loss that is no number.

#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "train/ranks/ranks.h"
#include "train/run/machine.h"
#include "train/run/run_folder.h"
#include "train/run/run_length.h"
#include "train/run/start_model.h"
#include "train/run/stopwatch.h"
#include "train/run/training_data.h"
#include "train/step/crop_queue.h"
#include "train/step/learner.h"
#include "train/train_options.h"

namespace pno::train {

struct RunListeners {
  const std::function<void(const StepReport&)>& report;
  const SampleListener& on_sample;
};

// A run from its first step in this call to its last.
class TrainingRun {
 public:
  // `options` and what the listeners refer to outlive the run. `train` is options.train with the
  // number of crops of a step, and with a precision other than `automatic`. Of several ranks the
  // first one writes and speaks; all go the same way.
  TrainingRun(const TrainOptions& options, TrainConfig train, const RunListeners& listeners,
              Machine machine, TrainingData data, std::optional<StartModel> start, Ranks& ranks);

  Expected<TrainResult> go();

 private:
  Expected<TrainResult> all();
  Expected<void> begin();
  Expected<void> restore(std::string& note);
  Expected<void> check_config(const TextFields& before, std::string& note) const;
  void forget_best(std::string& note);

  Expected<void> take_steps();
  // With its validation and its checkpoint where they are due. False where a loss is no number, and
  // `what` says which.
  Expected<bool> take_step(std::string& what);
  Expected<void> count(const Learner::Step& step);
  Expected<void> add_line();
  // To the last checkpoint, or the beginning, with half the learning rate; an Error after a few.
  Expected<void> go_back(const std::string& what);
  void draw_crops();

  // False as in take_step().
  Expected<bool> validate_if_due(std::string& what);
  Expected<bool> validate(std::string& what);

  TextFields model_metadata() const;
  Expected<void> save_model() const;
  // Hands the weights to whoever listens, if it is time, or the end.
  Expected<void> offer_sample(bool is_end);
  Expected<void> checkpoint();
  bool checkpoint_is_due() const;
  std::optional<Ending> ending() const;
  Expected<TrainResult> end();

  // What ranks have in common: asked of each, known to all.
  void share_state();
  std::vector<double> votes() const;
  void take_votes(const std::vector<double>& sums);
  bool is_stopped() const;
  bool is_time_up() const;
  bool is_time_up_here() const;  // by the clock of this rank

  void make_learner();
  void tell(StepReport what) const;
  double rate() const;
  double tokens_per_s() const;
  std::optional<double> seconds_left() const;

  const TrainOptions& options_;
  TrainConfig train_;  // with the steps of its epochs
  RunListeners listeners_;
  Ranks& ranks_;
  Machine machine_;
  TrainingData data_;
  std::optional<StartModel> start_;
  RunLength length_;
  std::optional<Learner> learner_;
  std::optional<CropQueue> crops_;
  RunFolder folder_;
  TextFields config_;  // what a resumed run must share

  Progress progress_;
  // Of all ranks, where there are several: whether one was interrupted, or asked for a checkpoint;
  // and whether the minutes are over by the first one's clock.
  struct Agreed {
    bool stop = false, checkpoint = false, time_is_up = false;
  };
  Agreed agreed_;
  std::int64_t first_step_ = 0;    // of this call, less one
  std::int64_t sampled_step_ = 0;  // of the last sample
  bool has_new_windows_ = false;   // since the checkpoint
  std::int64_t tokens_ = 0;        // seen in this call
  double step_seconds_ = 0;        // of this call, with the wait for crops
  double wait_seconds_ = 0;        // of them, that wait
  struct Totals {
    std::int64_t tokens = 0;
    double step_seconds = 0, wait_seconds = 0;
  };
  double gradient_norm_ = std::nan("");  // of the last step of this call
  double seconds_before_ = 0;            // of the calls before
  Totals at_line_;                       // the same as above, at the last line of metrics.jsonl
  Stopwatch clock_, since_checkpoint_, since_sample_;
};

}  // namespace pno::train
