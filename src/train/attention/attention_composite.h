#pragma once

// Attention in blocks of queries, in LibTorch's own operations: for devices and types that no
// kernel of ours takes, and the slow twin of those kernels.

#include "train/attention/attention_inputs.h"

namespace pno::train::composite {

AttentionOutput forward(const AttentionInputs& in);
AttentionGradients backward(const AttentionInputs& in, const AttentionOutput& output,
                            const torch::Tensor& out_gradient);

}  // namespace pno::train::composite
