#pragma once

// The mathematics of attention for one block of queries, forward and backward, in plain tensor
// operations: what attention_composite.cpp runs over all blocks.
//
// N (batch, head) pairs worked on at once; T time, D head width; n queries of a block; W keys that
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

// Blocks that cover T queries. None crosses a block of local attention (0: there is none), so that
// one first key serves all of its queries.
std::vector<QueryBlock> query_blocks(std::int64_t length, std::int64_t local_block);

// What N pairs of batch element and head attend with; or, in `backward`, the gradients of it.
struct Heads {
  torch::Tensor q, k, v;               // [N, T, D]
  torch::Tensor key_band, value_band;  // [N, T, D] or undefined
  double scale = 1;                    // 1 / sqrt(D)
  std::int64_t first_unit = 0;         // batch element · heads + head, of the first of the N
  Dropout dropout;                     // of the weights

  // Writes the block's rows of out [N, T, D].
  void forward(const QueryBlock& block, const torch::Tensor& out) const;

  // Adds the block's share to the gradients `into`, given the output and its gradient [N, T, D].
  // The block's queries get theirs from it alone.
  void backward(const QueryBlock& block, const torch::Tensor& out,
                const torch::Tensor& out_gradient, Heads& into) const;

 private:
  torch::Tensor weights(const QueryBlock& block, const torch::Tensor& scaled_q) const;
  torch::Tensor mask(const QueryBlock& block, const torch::Tensor& weights) const;
};

}  // namespace pno::train::composite
