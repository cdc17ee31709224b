#pragma once

// The end of a residual branch as one operation: linear layer, dropout, residual sum. The backward
// pass draws the dropout mask again instead of storing it.

#include <torch/torch.h>

#include "train/config.h"
#include "train/layers/dropout.h"

namespace pno::train {

// x + dropout(branch · matrixᵀ): x [..., C], branch [..., A], matrix [C, A] → [..., C]. In bf16 the
// operands of the products are rounded; sums, gradients and the rest stay float32.
torch::Tensor linear_residual(const torch::Tensor& x, const torch::Tensor& branch,
                              const torch::Tensor& matrix, const Dropout& dropout,
                              Precision precision);

namespace composite {
// The same in LibTorch's operations, for any type and device; tests compare the fused one with it.
// Products are computed in the type of the matrices, the rest in the type of x.
torch::Tensor linear_residual(const torch::Tensor& x, const torch::Tensor& branch,
                              const torch::Tensor& matrix, const Dropout& dropout,
                              Precision precision);
}  // namespace composite

}  // namespace pno::train
