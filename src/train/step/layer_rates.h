#pragma once

// Learning rates by parameter for an optimiser with a single rate: multiplies the change of each
// parameter by a factor. For AdamW this equals another rate, weight decay included, because its
// change is proportional to the rate.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "train/step/music_transformer.h"

namespace pno::train {

class LayerRates {
 public:
  // `factors` come from rate_factors(). Frozen parameters (factor 0) get requires_grad(false), so
  // the backward pass skips them, and they do not count in the gradient's norm.
  LayerRates(const MusicTransformer& model, const std::vector<double>& factors);

  // Call before and after an update of the model's parameters.
  void before_update(const torch::Tensor& parameters);
  void after_update(const torch::Tensor& parameters) const;

 private:
  struct Part {  // of the flat parameters; all elements have one factor
    std::int64_t first = 0, size = 0;
    double factor = 1;
    torch::Tensor before;
  };
  std::vector<Part> parts_;  // only those whose factor is not 1
};

}  // namespace pno::train
