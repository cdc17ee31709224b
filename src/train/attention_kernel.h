#pragma once

// The fused attention of one head on the CPU, forward and backward, tile by tile: the weights of a
// tile exist only while it is worked on. Plain pointers, no LibTorch; attention_cpu.h gives it
// tensors and threads.
//
// T time, D head width, R rows of a relative table

#include <cstddef>
#include <cstdint>

#include "train/attention_dropout.h"
#include "train/attention_tile.h"

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

// Floats that a thread needs to work in, aligned to 64 bytes.
std::size_t forward_scratch_floats(const HeadShape& shape);
std::size_t backward_scratch_floats(const HeadShape& shape);

// Writes the task's rows of out [T, D] and of row_log_sum [T], the logarithm of the sum of a
// query's exponentials.
void attend_forward(const HeadTask& task, float* scratch, Rows out, float* row_log_sum);

// Writes the task's rows of gradients.q; what it finds for keys, values and tables stays in the
// scratch until add_gradients() adds it to what is there. These are apart because other tasks add
// to the same rows, and in what order decides about the last bits.
struct HeadOutput {
  ConstRows out, out_gradient;  // [T, D]
  const float* row_log_sum;     // [T]
};
void attend_backward(const HeadTask& task, const HeadOutput& output, float* scratch,
                     const HeadGradients& gradients);
void add_gradients(const HeadTask& task, float* scratch, const HeadGradients& gradients);

}  // namespace pno::train
