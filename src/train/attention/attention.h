#pragma once

// Causal self-attention for training, every kind of model/config.h. No L×L matrix is kept: the
// backward pass computes the weights again. This is the operator and the choice among its
// implementations; each has a file of its own:
//
//   attention_cpu        the fused kernel, float32 on the CPU
//   attention_cuda       the fused kernels, float32 and bfloat16 on a GPU
//   attention_composite  plain tensor operations: any device and type, and the twin to test against
//
// B batch, T time, H heads, D head width, A = H·D, R rows of a relative table

#include <torch/torch.h>

#include "train/attention/attention_inputs.h"

namespace pno::train {

// qkv [B, T, 3A] → [B, T, A]:
//   weights = softmax over j <= i of (q_i·k_j + q_i·key_table[i-j]) / sqrt(D)
//   out_i = sum over j of weights_ij (v_j + value_table[i-j])
// In bf16 on a GPU; elsewhere bf16 is computed in float32 and rounded. Tables may be wider than
// qkv.
torch::Tensor attend(const torch::Tensor& qkv, const torch::Tensor& key_table,
                     const torch::Tensor& value_table, const AttentionOptions& options);

}  // namespace pno::train
