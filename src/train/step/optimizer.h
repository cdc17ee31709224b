#pragma once

// The optimiser of a model, and gradient clipping, over one flat buffer.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "model/parameters.h"
#include "train/config.h"
#include "train/step/adamw.h"
#include "train/step/muon.h"

namespace pno::train {

class Optimizer {
 public:
  // config.optimizer is AdamW for all parameters, or Muon for the matrices of the layers and AdamW
  // for the others. The buffers of update() hold the parameters of the list one after the other.
  Optimizer(const TrainConfig& config, const torch::Tensor& parameters,
            const std::vector<model::Parameter>& list);

  // Runs an optimiser step on gradient · gradient_factor.
  void update(const torch::Tensor& parameters, const torch::Tensor& gradient,
              const UpdateRates& rates) const;

  // Running means of the gradients and of their squares, which a checkpoint stores. The squares of
  // Muon's matrices stay 0.
  const torch::Tensor& mean() const { return mean_; }
  const torch::Tensor& square() const { return square_; }

 private:
  AdamW adamw_;
  Muon muon_;
  torch::Tensor mean_, square_;
};

// The L2 norm of a gradient. Waits for the device.
double norm_of(const torch::Tensor& gradient);

// The factor that clips a gradient of this norm to `largest`; 1 if it is not larger, or if
// `largest` is 0.
double clip_factor(double norm, double largest);

}  // namespace pno::train
