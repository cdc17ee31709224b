#pragma once

// Causal self-attention for training, every kind of model/config.h: forward and backward in blocks
// of queries. No L×L matrix is kept: the backward pass computes a block's weights again.
// This one operator is what a faster kernel replaces.
//
// B batch, T time, H heads, D head width, A = H·D

#include <torch/torch.h>

#include <cstdint>

#include "train/dropout.h"

namespace pno::train {

struct AttentionOptions {
  std::int64_t heads = 1;
  std::int64_t block =
      0;            // a query sees its own and the previous block of so many; 0: all before it
  Dropout dropout;  // of the weights
  // Every (batch, head) pair in one product, instead of a task for each: what a GPU wants, and gets
  // without asking. It drops other weights for the same seed.
  bool at_once = false;
};

// The rows of a relative table [H, R, D] that T positions need, the longest distance T-1 first:
// [H, T, D]. A distance of R or more takes the last row where `clipped` (Shaw et al. 2018), else
// zeros.
torch::Tensor distance_band(const torch::Tensor& table, std::int64_t length, bool clipped);

// qkv [B, T, 3A] → [B, T, A]:
//   weights = softmax over j <= i of (q_i·k_j + q_i·key_band(i-j)) / sqrt(D)
//   out_i = sum over j of weights_ij (v_j + value_band(i-j))
// Bands are undefined tensors where the kind of attention has none.
torch::Tensor attend(const torch::Tensor& qkv, const torch::Tensor& key_band,
                     const torch::Tensor& value_band, const AttentionOptions& options);

}  // namespace pno::train
