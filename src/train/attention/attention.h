#pragma once

// Causal self-attention for training, all kinds of model/config.h. No T×T matrix is stored: the
// backward pass computes the attention weights again. This file is the operator, and selects one of
// its implementations:
//
//   attention_cpu           fused kernel, float32 on the CPU, its products also in bf16
//   attention_cuda_tensors  fused kernels, float32 and bfloat16 on a GPU
//   attention_composite     tensor operations, any device and type; tests compare the others with
//   it
//
// B batch, T time, H heads, D head width, A = H·D, R rows of a relative table

#include <torch/torch.h>

#include "train/attention/attention_inputs.h"

namespace pno::train {

// qkv [B, T, 3A] → [B, T, A]:
//   weights = softmax over j <= i of (q_i·k_j + q_i·key_table[i-j]) / sqrt(D)
//   out_i = sum over j of weights_ij (v_j + value_table[i-j])
// Tables are [H, R, D], or undefined. They may have a wider type than qkv. Tensors of bf16 are
// computed in bf16 only by the fused kernels of a GPU; otherwise in float32, and the result is
// rounded.
torch::Tensor attend(const torch::Tensor& qkv, const torch::Tensor& key_table,
                     const torch::Tensor& value_table, const AttentionOptions& options);

}  // namespace pno::train
