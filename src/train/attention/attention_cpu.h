#pragma once

// Fused attention on the CPU: attention_kernel.h for all heads, on all threads. The result does not
// depend on the number of threads.

#include "train/attention/attention_inputs.h"

namespace pno::train::fused_cpu {

// True for float32 on the CPU; every kind of attention and every head width.
bool supports(const AttentionInputs& in);

AttentionOutput forward(const AttentionInputs& in);
AttentionGradients backward(const AttentionInputs& in, const AttentionOutput& output,
                            const torch::Tensor& out_gradient);

}  // namespace pno::train::fused_cpu
