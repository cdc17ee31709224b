#pragma once

// What the implementations of attention take and return.
//
// B batch, T time, H heads, D head width, A = H·D, R rows of a relative table

#include <torch/torch.h>

#include <cstdint>

#include "train/layers/dropout.h"

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

}  // namespace pno::train
