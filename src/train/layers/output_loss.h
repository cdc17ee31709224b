#pragma once

// The end of the model and its loss as one operation: norm, linear layer to the vocabulary,
// cross-entropy. Only the logits of one chunk of rows exist at a time. The forward pass replaces
// them by their gradient and computes all gradients at once; only these are stored for the backward
// pass, which multiplies them by the gradient of the objective.
//
// N rows, C width, V vocabulary

#include <torch/torch.h>

#include "train/layers/norm_linear.h"

namespace pno::train {

struct OutputLayer {
  Norm norm;
  torch::Tensor weight, bias;  // [V, C], [V]
  // In bf16 the operands of the products are rounded; sums, gradients and the rest stay float32.
  Precision precision = Precision::f32;
};

struct LossTerms {
  torch::Tensor objective;  // sum over rows of the smoothed cross-entropy, for the gradient
  torch::Tensor nll;        // sum over rows in nats, without smoothing or gradient
};

// x [N, C] is the input of the norm, targets i64 [N]. `smoothing` is the part of the target's
// probability that label smoothing spreads over all events.
LossTerms output_loss(const torch::Tensor& x, const OutputLayer& layer,
                      const torch::Tensor& targets, double smoothing);

namespace composite {
// The same in LibTorch's operations, for any type and device; tests compare the fused one with it.
// Products are computed in the type of the matrices, the rest in the type of x.
LossTerms output_loss(const torch::Tensor& x, const OutputLayer& layer,
                      const torch::Tensor& targets, double smoothing);
}  // namespace composite

}  // namespace pno::train
