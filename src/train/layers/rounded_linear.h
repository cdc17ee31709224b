#pragma once

// The linear layer in the type of its weights: what the composite operations of a layer are made
// of, so that they compute in bf16 where the weights are handed to them in bf16.

#include <torch/torch.h>

namespace pno::train {

// x · matrixᵀ + bias in the type of matrix and bias, to which x is rounded: [..., K] and [M, K] →
// [..., M]. The sums are float32 or wider. Without a bias where it is undefined.
torch::Tensor rounded_linear(const torch::Tensor& x, const torch::Tensor& matrix,
                             const torch::Tensor& bias = {});

// x, or float32 where that is wider: for what bf16 is too short for.
torch::Tensor at_least_float(const torch::Tensor& x);

}  // namespace pno::train
