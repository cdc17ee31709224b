#pragma once

// AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) and gradient clipping over one flat buffer.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "model/parameters.h"
#include "train/config.h"

namespace pno::train {

class AdamW {
 public:
  // Weight decay is for matrices and tables; norms and biases keep their values.
  AdamW(const TrainConfig& config, const torch::Tensor& parameters,
        const std::vector<model::Parameter>& list);

  // Optimiser step `step`, the first being 1, on the gradient times a factor. On the CPU in float32
  // it is one pass over the buffers, else LibTorch's operations.
  void update(const torch::Tensor& parameters, const torch::Tensor& gradient, std::int64_t step,
              double learning_rate, double gradient_factor = 1);

  // Running means of the gradients and of their squares: what a checkpoint keeps.
  const torch::Tensor& mean() const { return mean_; }
  const torch::Tensor& square() const { return square_; }

 private:
  struct Rates {
    double rate, root_factor, decay;
  };
  void update_fused(const torch::Tensor& parameters, const torch::Tensor& gradient,
                    const Rates& rates, double gradient_factor);
  void update_composite(const torch::Tensor& parameters, const torch::Tensor& gradient,
                        const Rates& rates, double gradient_factor);

  TrainConfig config_;
  torch::Tensor mean_, square_;
  struct Run {  // a parameter in the flat buffers
    std::int64_t first, size;
    bool decays;
  };
  std::vector<Run> runs_;
};

// The length of a gradient, on whatever device it is; waits for the device.
double length_of(const torch::Tensor& gradient);

// What shortens a gradient of a length to `longest`, where it is longer, else 1. `longest` 0:
// never.
double clip_factor(double length, double longest);

}  // namespace pno::train
