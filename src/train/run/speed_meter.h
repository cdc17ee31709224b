#pragma once

// The speed of a run: tokens and seconds of its steps in this call, and the time that is left.

#include <cstdint>
#include <optional>

#include "base/stopwatch.h"

namespace pno::train {

class SpeedMeter {
 public:
  // Seconds since the meter was made.
  double seconds() const { return clock_.seconds(); }

  // A step of `tokens` targets that took `step_s`, of which it waited `wait_s` for its crops.
  void add(std::int64_t tokens, double step_s, double wait_s);

  std::int64_t tokens() const { return total_.tokens; }
  // In steps, without validations and checkpoints; 0 before the first step.
  double tokens_per_s() const;

  struct Interval {
    double tokens_per_s = 0;
    double wait_share = 0;  // of the steps' time
  };
  // Of the steps since the last call.
  Interval take_interval();

  // Until `steps_left` more steps are done, at the pace so far, or until `limit_s` seconds since
  // the meter was made (0: no limit), whichever comes first. Nothing if neither is known.
  std::optional<double> seconds_left(std::optional<std::int64_t> steps_left, double limit_s) const;

 private:
  struct Total {
    std::int64_t steps = 0, tokens = 0;
    double step_s = 0, wait_s = 0;
  };
  Total total_, taken_;  // taken_: total_ at the last take_interval()
  Stopwatch clock_;
};

}  // namespace pno::train
