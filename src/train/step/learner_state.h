#pragma once

// The losses of a learner, and the state that it needs to continue later.

#include <cstdint>
#include <vector>

namespace pno::train {

// A mean over the targets of several steps.
struct NllMean {
  double sum = 0;  // nats
  std::int64_t targets = 0;

  void add(double nll_sum, std::int64_t more) {
    sum += nll_sum;
    targets += more;
  }
  bool operator==(const NllMean&) const = default;
  double value() const { return targets > 0 ? sum / static_cast<double>(targets) : 0; }
};

// Flat arrays of one length: weights, the optimiser's running means, and the averaged weights (or
// empty).
struct LearnerState {
  std::vector<float> parameters, mean, square, average;
};

}  // namespace pno::train
