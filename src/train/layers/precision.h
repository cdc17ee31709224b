#pragma once

// The element type that a step computes in, and the weights in that type.

#include <torch/torch.h>

#include "train/config.h"

namespace pno::train {

// Precision::automatic gives float32: precision_on() of run/run_precision.h replaces it earlier.
torch::ScalarType scalar_type(Precision precision);

// The weights of a model, rounded to another type for one pass. All are rounded at once, from the
// flat buffer that contains them. The originals are the leaves of the autograd graph; gradients are
// summed in the type of the leaves.
class RoundedWeights {
 public:
  // `flat` contains all leaves.
  RoundedWeights(const torch::Tensor& flat, torch::ScalarType type);

  // The rounded weight; the leaf itself if it has that type already.
  torch::Tensor of(const torch::Tensor& leaf) const;

 private:
  torch::Tensor flat_, rounded_;
};

}  // namespace pno::train
