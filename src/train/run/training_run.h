#pragma once

// The loop of a run: steps, validations and checkpoints.

#include <cmath>
#include <optional>

#include "train/run/agreement.h"
#include "train/run/run_folder.h"
#include "train/run/run_length.h"
#include "train/run/run_saver.h"
#include "train/run/run_setup.h"
#include "train/run/speed_meter.h"
#include "train/step/crop_queue.h"
#include "train/step/learner.h"

namespace pno::train {

class TrainingRun {
 public:
  // All references in `setup` and `listeners`, and `ranks`, outlive the run. Only rank 0 writes and
  // reports.
  TrainingRun(RunSetup setup, const RunListeners& listeners, Ranks& ranks);

  Expected<TrainResult> run();

 private:
  // A sentence about a loss that is not finite.
  struct Diverged {
    std::string what;
  };
  using Outcome = Expected<std::optional<Diverged>>;

  Expected<void> begin();
  Expected<void> take_steps();
  Outcome take_step();
  Outcome validate();
  Outcome validate_if_due();
  // To the last checkpoint, or to the start, with half the learning rate. Returns an error after a
  // few times.
  Expected<void> go_back(const Diverged& diverged);
  Expected<TrainResult> end();

  void make_learner();
  void draw_crops();
  void vote();
  std::optional<Ending> ending() const;
  double rate() const;  // of the last step
  Expected<void> count(const Learner::Step& step);
  Expected<void> add_line();
  Expected<void> checkpoint();
  void report(StepReport event) const;

  RunSetup setup_;
  RunListeners listeners_;
  Ranks& ranks_;
  RunLength length_;
  RunFolder folder_;
  RunSaver saver_;
  Agreement agreement_;
  SpeedMeter speed_;
  std::optional<Learner> learner_;
  std::optional<CropQueue> crops_;
  Progress progress_;
  double gradient_norm_ = std::nan("");  // of the last step of this call
  double seconds_before_ = 0;            // of the calls before
};

}  // namespace pno::train
