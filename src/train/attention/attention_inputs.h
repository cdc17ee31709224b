#pragma once

// Inputs and outputs of the implementations of attention.
//
// B batch, T time, H heads, D head width, A = H·D, R rows of a relative table

#include <torch/torch.h>

#include <cstdint>

#include "train/layers/dropout.h"
#include "train/layers/precision.h"

namespace pno::train {

enum class AttentionWay {
  best,               // the fastest implementation that supports the tensors
  composite,          // tensor operations, one task for each (batch element, head) pair
  composite_at_once,  // tensor operations on all pairs at once, which is faster on a GPU
};

struct AttentionOptions {
  std::int64_t heads = 1;
  // A query sees its own and the previous block of this many positions; 0: all positions before it.
  std::int64_t block = 0;
  // If true, distances of R or more use the tables' last row (Shaw et al. 2018). If false, their
  // relative term is zero.
  bool clipped = false;
  Dropout dropout = {};  // of the attention weights, as defined in attention_dropout.h
  AttentionWay way = AttentionWay::best;
  // In bf16 the fused kernel of the CPU rounds the operands of its products; the tensors and the
  // rest are float32. The other implementations follow the type of the tensors instead.
  Precision precision = Precision::f32;
};

// A table is undefined if the kind of attention has none.
struct AttentionInputs {
  torch::Tensor qkv;                     // [B, T, 3A], contiguous
  torch::Tensor key_table, value_table;  // [H, R, D], contiguous; row r is for the distance r
  AttentionOptions options;

  std::int64_t batch() const { return qkv.size(0); }
  std::int64_t length() const { return qkv.size(1); }
  std::int64_t heads() const { return options.heads; }
  std::int64_t head_width() const { return qkv.size(2) / 3 / options.heads; }
  // Number of (batch element, head) pairs of the step's batch before these: dropout's first unit.
  std::int64_t first_unit() const { return options.dropout.first_position / length() * heads(); }
};

// Result of the forward pass, and an input of the backward pass.
struct AttentionOutput {
  torch::Tensor out;  // [B, T, A]
  // [B, H, T], logarithm of the sum of the exponentials of a query's logits; or undefined.
  torch::Tensor row_log_sum;
};

struct AttentionGradients {
  torch::Tensor qkv, key_table, value_table;  // same shapes as the inputs
};

}  // namespace pno::train
