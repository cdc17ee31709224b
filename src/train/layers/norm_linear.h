#pragma once

// Layer normalisation and the linear layer after it as one operation. The backward pass computes
// the normalised rows again from x, chunk by chunk, instead of storing them.
//
// N rows, C columns, M columns of the result

#include <torch/torch.h>

#include "train/config.h"

namespace pno::train {

struct Norm {
  torch::Tensor weight, bias;  // [C]
};

// norm(x) · matrixᵀ: x [..., C], matrix [M, C] → [..., M]. In bf16 the operands of the products are
// rounded; sums, gradients and the rest stay float32.
torch::Tensor norm_linear(const torch::Tensor& x, const Norm& norm, const torch::Tensor& matrix,
                          Precision precision);

namespace composite {
// The same in LibTorch's operations, for any type and device; tests compare the fused one with it.
// Products are computed in the type of the matrices, the rest in the type of x.
torch::Tensor norm_linear(const torch::Tensor& x, const Norm& norm, const torch::Tensor& matrix,
                          Precision precision);
torch::Tensor layer_norm(const torch::Tensor& x, const Norm& norm);
}  // namespace composite

}  // namespace pno::train
