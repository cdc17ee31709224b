#pragma once

// Layer normalisation and the linear layer after it as one operation. Nothing normalised is kept
// for the backward pass: it is made again from x, chunk by chunk.
//
// N rows, C columns, M columns of the result

#include <torch/torch.h>

namespace pno::train {

struct Norm {
  torch::Tensor weight, bias;  // [C]
};

// norm(x) · matrixᵀ: x [..., C], matrix [M, C] → [..., M].
torch::Tensor norm_linear(const torch::Tensor& x, const Norm& norm, const torch::Tensor& matrix);

namespace composite {
// The same in LibTorch's operations, for any type and device: what the one above is tested against.
// Its products are in the type of the matrices, the rest in that of x.
torch::Tensor norm_linear(const torch::Tensor& x, const Norm& norm, const torch::Tensor& matrix);
torch::Tensor layer_norm(const torch::Tensor& x, const Norm& norm);
}  // namespace composite

}  // namespace pno::train
