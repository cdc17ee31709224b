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

#include <cstdint>

#include "train/dropout.h"

namespace pno::train {

enum class AttentionWay {
  best,               // the fastest that takes the tensors
  composite,          // tensor operations, a task for each (batch, head) pair
  composite_at_once,  // the same with all pairs in one product: what a GPU wants
};

struct AttentionOptions {
  std::int64_t heads = 1;
  // A query sees its own and the previous block of so many positions; 0: all before it.
  std::int64_t block = 0;
  // A distance of R or more takes the tables' last row (Shaw et al. 2018), else zeros.
  bool clipped = false;
  Dropout dropout;  // of the weights, as attention_dropout.h draws it
  AttentionWay way = AttentionWay::best;
};

// What an implementation takes. A table is undefined where the kind of attention has none.
struct AttentionInputs {
  torch::Tensor qkv;                     // [B, T, 3A], contiguous
  torch::Tensor key_table, value_table;  // [H, R, D], contiguous; row r is for the distance r
  AttentionOptions options;

  std::int64_t batch() const { return qkv.size(0); }
  std::int64_t length() const { return qkv.size(1); }
  std::int64_t heads() const { return options.heads; }
  std::int64_t head_width() const { return qkv.size(2) / 3 / options.heads; }
  // Of the units of dropout, (batch element, head) pairs: those of the whole batch before these.
  std::int64_t first_unit() const { return options.dropout.first_position / length() * heads(); }
};

// What its forward pass gives, and its backward pass takes again.
struct AttentionOutput {
  torch::Tensor out;          // [B, T, A]
  torch::Tensor row_log_sum;  // [B, H, T], of the exponentials of a query's logits; or undefined
};

struct AttentionGradients {
  torch::Tensor qkv, key_table, value_table;  // shapes of the inputs
};

// qkv [B, T, 3A] → [B, T, A]:
//   weights = softmax over j <= i of (q_i·k_j + q_i·key_table[i-j]) / sqrt(D)
//   out_i = sum over j of weights_ij (v_j + value_table[i-j])
// In bf16 on a GPU; elsewhere bf16 is computed in float32 and rounded. Tables may be wider than
// qkv.
torch::Tensor attend(const torch::Tensor& qkv, const torch::Tensor& key_table,
                     const torch::Tensor& value_table, const AttentionOptions& options);

}  // namespace pno::train
