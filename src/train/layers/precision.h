#pragma once

// The element type that a step computes in, and the weights in that type. On a CPU bf16 means that
// the operands of products are rounded when they are packed, and that every tensor is float32
// (chunk_products.h); on a GPU the weights and activations are bf16.

#include <torch/torch.h>

#include "train/config.h"

namespace pno::train {

// Precision::automatic gives float32: precision_on() of run/run_precision.h replaces it earlier.
torch::ScalarType scalar_type(Precision precision);

// Saves a precision for the backward pass of an autograd function, and reads it there.
using SavedData = decltype(torch::autograd::AutogradContext::saved_data);
void save_precision(Precision precision, SavedData& into);
Precision saved_precision(const SavedData& from);

// True if this processor computes products of bf16 faster than those of float32.
bool has_fast_bf16();

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
