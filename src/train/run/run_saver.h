#pragma once

// When a run writes its model, its checkpoints and its samples, and what is in them.

#include <cstdint>

#include "base/stopwatch.h"
#include "train/run/run_folder.h"
#include "train/run/run_setup.h"
#include "train/step/learner.h"

namespace pno::train {

class RunSaver {
 public:
  // All outlive the saver; `on_sample` may be empty.
  RunSaver(const RunSetup& setup, const SampleListener& on_sample, RunFolder& folder)
      : setup_(setup), on_sample_(on_sample), folder_(folder) {}

  Expected<void> save_model(const Learner& learner, const Progress& progress) const;

  bool checkpoint_is_due(std::int64_t step) const;
  Expected<void> write_checkpoint(const Learner& learner, const Progress& progress);

  // No sample is offered of this step, the first of a call.
  void skip_sample(std::int64_t step) { sampled_step_ = step; }
  // Gives the weights to the listener if a sample is due, or if the run ends here.
  Expected<void> offer_sample(const Learner& learner, const Progress& progress, bool is_end);

 private:
  const RunSetup& setup_;
  const SampleListener& on_sample_;
  RunFolder& folder_;
  std::int64_t sampled_step_ = 0;
  Stopwatch since_checkpoint_, since_sample_;
};

}  // namespace pno::train
