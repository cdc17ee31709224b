#pragma once

// The number type that a step computes in, and the weights in that type.

#include <torch/torch.h>

#include "train/config.h"

namespace pno::train {

// `automatic` is float32 here; precision_on() of run/run_precision.h decides on it before.
torch::ScalarType scalar_type(Precision precision);

// The weights of a model for one pass in another type. All are rounded at once, from the flat
// buffer that they are parts of; what they are rounded from are leaves, whose gradients are added
// up in the leaves' own type.
class RoundedWeights {
 public:
  // `flat` holds the leaves one after the other.
  RoundedWeights(const torch::Tensor& flat, torch::ScalarType type);

  // The leaf itself where the type is its own.
  torch::Tensor of(const torch::Tensor& leaf) const;

 private:
  torch::Tensor flat_, rounded_;
};

}  // namespace pno::train
