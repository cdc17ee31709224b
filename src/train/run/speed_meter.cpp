#include "train/run/speed_meter.h"

#include <algorithm>

namespace pno::train {

void SpeedMeter::add(std::int64_t tokens, double step_s, double wait_s) {
  ++total_.steps;
  total_.tokens += tokens;
  total_.step_s += step_s;
  total_.wait_s += wait_s;
}

double SpeedMeter::tokens_per_s() const {
  return total_.step_s > 0 ? static_cast<double>(total_.tokens) / total_.step_s : 0;
}

SpeedMeter::Interval SpeedMeter::take_interval() {
  constexpr double kLeast_s = 1e-9;
  const double seconds = std::max(total_.step_s - taken_.step_s, kLeast_s);
  const Interval interval{
      .tokens_per_s = static_cast<double>(total_.tokens - taken_.tokens) / seconds,
      .wait_share = (total_.wait_s - taken_.wait_s) / seconds};
  taken_ = total_;
  return interval;
}

std::optional<double> SpeedMeter::seconds_left(std::optional<std::int64_t> steps_left,
                                               double limit_s) const {
  const double elapsed = seconds();
  std::optional<double> left;
  if (steps_left && total_.steps > 0) {
    left = elapsed / static_cast<double>(total_.steps) * static_cast<double>(*steps_left);
  }
  if (limit_s > 0) left = std::min(left.value_or(limit_s - elapsed), limit_s - elapsed);
  return left;
}

}  // namespace pno::train
