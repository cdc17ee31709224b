#pragma once

// Attention in blocks of queries, in LibTorch's operations: for devices and types that the fused
// kernels do not support, and as the reference in their tests.

#include "train/attention/attention_inputs.h"

namespace pno::train::composite {

AttentionOutput forward(const AttentionInputs& in);
AttentionGradients backward(const AttentionInputs& in, const AttentionOutput& output,
                            const torch::Tensor& out_gradient);

}  // namespace pno::train::composite
