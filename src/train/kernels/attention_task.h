#pragma once

// Inputs and outputs of the fused attention of one head on the CPU.
//
// T time, D head width, R rows of a relative table

#include <algorithm>
#include <cstdint>

#include "train/kernels/attention_dropout.h"
#include "train/kernels/attention_tile.h"

namespace pno::train {

enum class AttentionPass { forward, backward };

struct HeadShape {
  Index length;       // T
  Index head_width;   // D
  Index local_block;  // a query sees its own and the previous block of this size; 0: all before it
  Index table_rows;   // R; 0 without tables
  bool clipped;       // distances of R or more use the last row; if false, their term is zero
  bool has_relative_keys, has_relative_values;
  // True if the operands of products are rounded to bf16 (simd/bf16_matrix.h). Sums, softmax and
  // gradients are float32.
  bool in_bf16 = false;

  // Number of table rows that some distance uses.
  Index band_columns() const { return std::min(table_rows, length); }
  Index first_key_of(Index query) const {
    return local_block == 0 ? 0 : std::max<Index>(0, query / local_block - 1) * local_block;
  }
  // End of the block of queries that begins at `first`. No block crosses a local block, so all of
  // its queries have the same first key.
  Index block_end(Index first) const {
    const Index end = std::min(first + kTileQueries, length);
    return local_block == 0 ? end : std::min(end, (first / local_block + 1) * local_block);
  }
};

// [T, D] or [R, D]; rows are `stride` floats apart.
struct ConstRows {
  const float* data = nullptr;
  Index stride = 0;
  const float* operator[](Index row) const { return data + row * stride; }
};
struct Rows {
  float* data = nullptr;
  Index stride = 0;
  float* operator[](Index row) const { return data + row * stride; }
};

// A range of queries of one head of one batch element.
struct HeadTask {
  HeadShape shape;
  Index first_query, end_query;      // each is the begin or the end of a block (block_end())
  ConstRows q, k, v;                 // [T, D]
  ConstRows key_table, value_table;  // [R, D]; null data if the attention has no such table
  WeightDropout dropout;
  std::int64_t unit;  // batch element · heads + head: dropout's draws depend on it
};

struct HeadGradients {
  Rows q, k, v;                 // [T, D]
  Rows key_table, value_table;  // [R, D]
};

}  // namespace pno::train
