#pragma once

// Attention for one block of queries, forward and backward, in tensor operations.
// attention_composite.cpp calls it for all blocks.
//
// N (batch element, head) pairs at once; T time, D head width; n queries of a block; W keys that
// they see

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "train/layers/dropout.h"

namespace pno::train::composite {

struct QueryBlock {
  std::int64_t first, last;  // queries
  std::int64_t first_key;    // keys are [first_key, last)

  std::int64_t queries() const { return last - first; }
  std::int64_t keys() const { return last - first_key; }
};

// Blocks that cover T queries. No block crosses a block of local attention (local_block; 0 if not
// local), so all queries of a block have the same first key.
std::vector<QueryBlock> query_blocks(std::int64_t length, std::int64_t local_block);

// The inputs of N (batch element, head) pairs, or in backward() their gradients.
struct Heads {
  torch::Tensor q, k, v;               // [N, T, D]
  torch::Tensor key_band, value_band;  // [N, T, D] or undefined
  double scale = 1;                    // 1 / sqrt(D)
  std::int64_t first_unit = 0;         // batch element · heads + head of the first pair
  Dropout dropout = {};                // of the attention weights

  // Writes the block's rows of out [N, T, D].
  void forward(const QueryBlock& block, const torch::Tensor& out) const;

  // Adds the block's gradients of k, v and bands to `into`, and writes its rows of into.q. `out`
  // and its gradient are [N, T, D].
  void backward(const QueryBlock& block, const torch::Tensor& out,
                const torch::Tensor& out_gradient, Heads& into) const;

 private:
  torch::Tensor weights(const QueryBlock& block, const torch::Tensor& scaled_q) const;
  torch::Tensor mask(const QueryBlock& block, const torch::Tensor& weights) const;
};

}  // namespace pno::train::composite
