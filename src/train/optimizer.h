#pragma once

// AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) and gradient clipping over one flat buffer.

#include <torch/torch.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "model/parameters.h"
#include "train/config.h"

namespace pno::train {

class AdamW {
 public:
  // Weight decay is for matrices and tables; norms and biases keep their values.
  AdamW(const TrainConfig& config, const torch::Tensor& parameters,
        const std::vector<model::Parameter>& list);

  // Optimiser step `step`, the first being 1.
  void update(const torch::Tensor& parameters, const torch::Tensor& gradient, std::int64_t step,
              double learning_rate);

  // Running means of the gradients and of their squares: what a checkpoint keeps.
  const torch::Tensor& mean() const { return mean_; }
  const torch::Tensor& square() const { return square_; }

 private:
  TrainConfig config_;
  torch::Tensor mean_, square_;
  std::vector<std::pair<std::int64_t, std::int64_t>> decayed_;  // first, size
};

// Scales the gradient to `longest` where it is longer (0: never); returns its length before.
double clip_norm(const torch::Tensor& gradient, double longest);

}  // namespace pno::train
