#pragma once

// The feed-forward half of a layer as one operation: norm, linear, activation, linear, dropout,
// residual sum. For the backward pass it stores its input and the input of the activation, and
// computes the rest again.
//
// C width, F ff_width

#include <torch/torch.h>

#include "model/config.h"
#include "train/config.h"
#include "train/layers/dropout.h"
#include "train/layers/norm_linear.h"

namespace pno::train {

struct FeedForward {
  Norm norm;
  torch::Tensor in_weight, in_bias;    // [F, C], [F]
  torch::Tensor out_weight, out_bias;  // [C, F], [C]
  model::Activation activation = model::Activation::relu;
  // In bf16 the operands of the products are rounded; sums, gradients and the rest stay float32.
  Precision precision = Precision::f32;
};

// x + dropout(out(activation(in(norm(x))))): [..., C] → [..., C].
torch::Tensor feed_forward(const torch::Tensor& x, const FeedForward& layer,
                           const Dropout& dropout);

namespace composite {
// The same in LibTorch's operations, for any type and device; tests compare the fused one with it.
// Products are computed in the type of the matrices, the rest in the type of x.
torch::Tensor feed_forward(const torch::Tensor& x, const FeedForward& layer,
                           const Dropout& dropout);
}  // namespace composite

}  // namespace pno::train
