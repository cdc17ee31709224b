#include "train/step/weight_average.h"

#include <algorithm>

namespace pno::train {

void WeightAverage::add(const torch::Tensor& weights, std::int64_t step) {
  const torch::NoGradGuard no_grad;
  const auto steps = static_cast<double>(step);
  const double decay = std::min(decay_, (1 + steps) / (10 + steps));
  average_.lerp_(weights, 1 - decay);
}

UseAverage::UseAverage(const torch::Tensor& weights, const WeightAverage* average)
    : weights_(weights) {
  if (average == nullptr) return;
  const torch::NoGradGuard no_grad;
  saved_ = weights.clone();
  weights.copy_(average->values());
}

UseAverage::~UseAverage() {
  if (!saved_.defined()) return;
  const torch::NoGradGuard no_grad;
  weights_.copy_(saved_);
}

}  // namespace pno::train
