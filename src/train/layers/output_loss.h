#pragma once

// The end of the model and its loss as one operation: norm, linear layer to the vocabulary,
// cross-entropy. Only the logits of one chunk of rows exist at a time. The forward pass replaces
// them by their gradient and computes all gradients at once; only these are stored for the backward
// pass, which multiplies them by the gradient of the objective.
//
// N rows, C width, V vocabulary

#include <torch/torch.h>

#include "train/kernels/loss_kernels.h"
#include "train/layers/norm_linear.h"

namespace pno::train {

struct OutputLayer {
  Norm norm;
  torch::Tensor weight, bias;  // [V, C], [V]
  // In bf16 the operands of the products are rounded; sums, gradients and the rest stay float32.
  Precision precision = Precision::f32;
};

// Of N rows.
struct LossTargets {
  torch::Tensor events;  // i64 [N]
  // The events that the grammar allows, the target among them: i64 [N, allowed_words(V)], bit v %
  // 64 of word v / 64 for event v. Undefined: all.
  torch::Tensor allowed = {};
};

// Sums over rows in nats.
struct LossTerms {
  torch::Tensor objective;    // as in train/kernels/loss_kernels.h, for the gradient
  torch::Tensor nll;          // without smoothing or gradient
  torch::Tensor nll_grammar;  // the same, among the allowed events only
  torch::Tensor of_rows;      // f64 [N, 2]: nll and nll_grammar of each row, not summed
};

// x [N, C] is the input of the norm.
LossTerms output_loss(const torch::Tensor& x, const OutputLayer& layer, const LossTargets& targets,
                      const LossWeights& weights);

namespace composite {
// The same in LibTorch's operations, for any type and device; tests compare the fused one with it.
// Products are computed in the type of the matrices, the rest in the type of x.
LossTerms output_loss(const torch::Tensor& x, const OutputLayer& layer, const LossTargets& targets,
                      const LossWeights& weights);
}  // namespace composite

}  // namespace pno::train
