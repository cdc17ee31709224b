#pragma once

// What the fused attention of one head on the CPU reads and writes.
//
// T time, D head width, R rows of a relative table

#include <algorithm>
#include <cstdint>

#include "train/kernels/attention_dropout.h"
#include "train/kernels/attention_tile.h"

namespace pno::train {

struct HeadShape {
  Index length;       // T
  Index head_width;   // D
  Index local_block;  // a query sees its own and the previous block of so many; 0: all before it
  Index table_rows;   // R; 0 without tables
  bool clipped;       // distances of R or more take the last row, else zeros
  bool has_relative_keys, has_relative_values;

  // Rows of a table that some distance takes.
  Index band_columns() const { return std::min(table_rows, length); }
  Index first_key_of(Index query) const {
    return local_block == 0 ? 0 : std::max<Index>(0, query / local_block - 1) * local_block;
  }
  // The block of queries that begins at `first` ends here: none crosses a local block, so that one
  // first key serves all of them.
  Index block_end(Index first) const {
    const Index end = std::min(first + kTileQueries, length);
    return local_block == 0 ? end : std::min(end, (first / local_block + 1) * local_block);
  }
};

// [T, D] or [R, D] with rows `stride` floats apart.
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

// Some queries of one head of one batch element.
struct HeadTask {
  HeadShape shape;
  Index first_query, end_query;  // block_end() divides at both
  ConstRows q, k, v;             // [T, D]
  ConstRows key_table, value_table;
  WeightDropout dropout;
  std::int64_t unit;  // batch element · heads + head: where dropout draws from
};

struct HeadGradients {
  Rows q, k, v;  // [T, D]
  Rows key_table, value_table;
};

}  // namespace pno::train
