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
  // Weight decay applies to matrices and tables only, not to norms and biases.
  AdamW(const TrainConfig& config, const torch::Tensor& parameters,
        const std::vector<model::Parameter>& list);

  // Runs optimiser step `step` (the first is 1) on gradient · gradient_factor. float32 on the CPU
  // is one fused pass over the buffers; everything else uses LibTorch's operations.
  void update(const torch::Tensor& parameters, const torch::Tensor& gradient, std::int64_t step,
              double learning_rate, double gradient_factor = 1);

  // Running means of the gradients and of their squares, which a checkpoint stores.
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
  struct Segment {  // a parameter in the flat buffers
    std::int64_t first, size;
    bool decays;
  };
  std::vector<Segment> segments_;
};

// The L2 norm of a gradient. Waits for the device.
double norm_of(const torch::Tensor& gradient);

// The factor that clips a gradient of this norm to `largest`; 1 if it is not larger, or if
// `largest` is 0.
double clip_factor(double norm, double largest);

}  // namespace pno::train
