#pragma once

// The end of the model and its loss as one operation: norm, the linear layer to the vocabulary,
// cross-entropy. Logits exist for a chunk of rows at a time; their gradient takes their place, and
// is used up at once: the gradients for everything before are what the forward pass keeps.
//
// N rows, C width, V vocabulary

#include <torch/torch.h>

#include "train/layers/norm_linear.h"

namespace pno::train {

struct OutputLayer {
  Norm norm;
  torch::Tensor weight, bias;  // [V, C], [V]
};

struct LossTerms {
  torch::Tensor objective;  // sum over rows of the smoothed cross-entropy, for the gradient
  torch::Tensor nll;        // sum over rows in nats, without smoothing or gradient
};

// x [N, C] before the norm, targets i64 [N]. `smoothing` is the share of the target's probability
// that is spread over all events.
LossTerms output_loss(const torch::Tensor& x, const OutputLayer& layer,
                      const torch::Tensor& targets, double smoothing);

namespace composite {
// The same in LibTorch's operations, for any type and device: what the one above is tested against.
// Its products are in the type of the matrices, the rest in that of x.
LossTerms output_loss(const torch::Tensor& x, const OutputLayer& layer,
                      const torch::Tensor& targets, double smoothing);
}  // namespace composite

}  // namespace pno::train
