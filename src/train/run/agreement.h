#pragma once

// The decisions that all ranks of a run share. Rank 0 reads, writes and looks at the clock; all
// take the same steps, because each decision is computed from the same sums. For the only rank the
// sums are its own values.

#include <cstdint>

#include "base/fields.h"
#include "train/ranks/ranks.h"
#include "train/run/progress.h"
#include "train/step/learner.h"

namespace pno::train {

// Before the first step: an error on all ranks if one could not prepare, or if one prepared for
// another configuration than rank 0. `own` is this rank's configuration, or its error.
Expected<void> agree_to_begin(Ranks& ranks, const Expected<TextFields>& own);

class Agreement {
 public:
  // `ranks` outlives it.
  explicit Agreement(Ranks& ranks) : ranks_(ranks) {}

  // Once after each step. A signal to any rank counts for all; of the arguments, those of rank 0
  // count. `saved_step` is that of the last checkpoint, -1 if there is none.
  void vote(bool time_is_up, std::int64_t saved_step);
  // The losses of a validation from the parts of all ranks. One that was interrupted stops all.
  StepLosses sum(const StepLosses& own);
  // Copies rank 0's progress, saved step and learner to all.
  void share(Progress& progress, std::int64_t saved_step, const Learner& learner);

  // As decided by the last of these calls.
  bool is_stopped() const { return stop_; }              // by a signal
  bool wants_checkpoint() const { return checkpoint_; }  // by SIGUSR1
  bool is_time_up() const { return time_is_up_; }
  std::int64_t saved_step() const { return saved_step_; }

 private:
  Ranks& ranks_;
  bool stop_ = false, checkpoint_ = false, time_is_up_ = false;
  std::int64_t saved_step_ = -1;
};

}  // namespace pno::train
