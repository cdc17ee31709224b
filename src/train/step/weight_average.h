#pragma once

// The exponential moving average of the weights (after Polyak and Juditsky 1992): after each step
// average = d · average + (1 - d) · weights. d is at most (1 + step) / (10 + step), so that the
// initial weights lose their influence soon.

#include <torch/torch.h>

#include <cstdint>

namespace pno::train {

class WeightAverage {
 public:
  // The average starts with the current weights. All tensors are flat and have the same length.
  WeightAverage(double decay, const torch::Tensor& weights)
      : decay_(decay), average_(weights.detach().clone()) {}

  void add(const torch::Tensor& weights, std::int64_t step);

  const torch::Tensor& values() const { return average_; }

 private:
  double decay_;
  torch::Tensor average_;
};

// Replaces the weights by the average during its lifetime, then restores them.
class UseAverage {
 public:
  // Does nothing if `average` is null.
  UseAverage(const torch::Tensor& weights, const WeightAverage* average);
  UseAverage(const UseAverage&) = delete;
  UseAverage& operator=(const UseAverage&) = delete;
  ~UseAverage();

 private:
  const torch::Tensor weights_;
  torch::Tensor saved_;  // undefined without an average
};

}  // namespace pno::train
