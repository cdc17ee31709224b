#pragma once

// A linear layer in the type of its weights. The composite operations of a layer use it, so they
// compute in bf16 if their weights are bf16.

#include <torch/torch.h>

#include "train/config.h"

namespace pno::train {

// x · matrixᵀ + bias: x [..., K], matrix [M, K] → [..., M]. Rounds x to the type of matrix and
// bias, and returns that type. The sums are float32 or wider. An undefined bias means none.
torch::Tensor rounded_linear(const torch::Tensor& x, const torch::Tensor& matrix,
                             const torch::Tensor& bias = {});

// x rounded to bf16 if that is the precision, else x itself.
torch::Tensor in_precision(const torch::Tensor& x, Precision precision);

// x converted to float32 if it is bf16, else x itself. For operations that need more precision.
torch::Tensor at_least_float(const torch::Tensor& x);

}  // namespace pno::train
