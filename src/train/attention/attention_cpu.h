#pragma once

// Fused attention on the CPU: attention_kernel.h over all heads, on all threads. The result does
// not depend on how many there are.

#include "train/attention/attention_inputs.h"

namespace pno::train::fused_cpu {

// float32 on the CPU, every kind of attention and every head width.
bool takes(const AttentionInputs& in);

AttentionOutput forward(const AttentionInputs& in);
AttentionGradients backward(const AttentionInputs& in, const AttentionOutput& output,
                            const torch::Tensor& out_gradient);

}  // namespace pno::train::fused_cpu
