#pragma once

// The exponential moving average of the weights (Polyak and Juditsky 1992, as it is used today):
// after each step average = d · average + (1 - d) · weights. Early in a run d is lowered to
// (1 + step) / (10 + step), so that the first weights are soon forgotten.

#include <torch/torch.h>

#include <cstdint>

namespace pno::train {

class WeightAverage {
 public:
  // Begins as the weights are. All tensors here are flat and of one length.
  WeightAverage(double decay, const torch::Tensor& weights)
      : decay_(decay), average_(weights.detach().clone()) {}

  void add(const torch::Tensor& weights, std::int64_t step);

  const torch::Tensor& values() const { return average_; }

 private:
  double decay_;
  torch::Tensor average_;
};

// The weights hold the average while this lives, and their own values again after it.
class Averaged {
 public:
  // `average` may be null: then nothing changes.
  Averaged(const torch::Tensor& weights, const WeightAverage* average);
  Averaged(const Averaged&) = delete;
  Averaged& operator=(const Averaged&) = delete;
  ~Averaged();

 private:
  const torch::Tensor weights_;
  torch::Tensor own_;  // undefined where there is no average
};

}  // namespace pno::train
