#pragma once

// The end of a residual branch as one operation: a linear layer, dropout, the sum. No mask is kept:
// it is drawn again.

#include <torch/torch.h>

#include "train/layers/dropout.h"

namespace pno::train {

// x + dropout(branch · matrixᵀ): x [..., C], branch [..., A], matrix [C, A] → [..., C].
torch::Tensor linear_residual(const torch::Tensor& x, const torch::Tensor& branch,
                              const torch::Tensor& matrix, const Dropout& dropout);

namespace composite {
// The same in LibTorch's operations, for any type and device: what the one above is tested against.
// Its products are in the type of the matrices, the rest in that of x.
torch::Tensor linear_residual(const torch::Tensor& x, const torch::Tensor& branch,
                              const torch::Tensor& matrix, const Dropout& dropout);
}  // namespace composite

}  // namespace pno::train
