#pragma once

// The passes of attention over one head, shared by attention.cpp and attention_prefix.cpp. Do not
// allocate, lock or throw.
//
//   pass 1  qk_scores            scores = q · k by slot; relative = q · E by distance
//   pass 2  softmax_row          weights = softmax(scores + relative)
//   pass 3  add_weighted_sum_v   out += weights · v; out += weights by distance · EV
//
// The queries are already scaled by 1 / sqrt(D). Slots are in ascending distance from the last
// query (infer/kv_cache.h), and so are the rows of the relative tables.
//
// N queries, D head width

#include <cstddef>
#include <cstdint>

#include "infer/attention_head.h"
#include "infer/attention_scratch.h"
#include "infer/kernels/matrix_ops.h"
#include "infer/kernels/panel_ops.h"
#include "infer/kv_cache.h"
#include "model/config.h"

namespace pno::infer {

// The keys that one query attends to: distances skip … skip + count - 1 from the last query.
struct VisibleKeys {
  std::size_t skip = 0, count = 0;
};

// The oldest position that a query at `position` attends to.
std::int64_t oldest_visible(const model::ModelConfig& config, std::int64_t position);

// Queries at the positions first … last of one sequence.
struct QueryBlock {
  const model::ModelConfig& config;
  std::int64_t first, last;

  // Keys from the oldest that any query attends to, to the last query's own.
  std::size_t key_count() const;
  VisibleKeys visible(std::size_t n) const;

  // Rows of a relative table that any of the N queries reads.
  std::size_t distance_count(std::size_t N) const;
};

// Queries [N, D], as the products with keys read them.
struct Queries {
  ConstMatrix rows;         // with float32 and bf16 keys
  QuantisedRows quantised;  // with int8 keys
  std::size_t N = 0, D = 0;
  bool independent_rows = false;  // as in Product

  // Query n alone.
  Queries row(std::size_t n) const {
    return {rows.from_row(n), quantised.values == nullptr ? quantised : quantised.from_row(n), 1,
            D};
  }
};

// Quantises the queries into `buffer` if `keys` are int8.
Queries prepare_queries(ConstMatrix rows, std::size_t N, std::size_t D, const HeadRows& keys,
                        const QuantisedRows& buffer);

// Pass 1: out [N, range.size] = queries · rows of `keys` in `range`, whose first row begins a
// panel.
void qk_scores(const Queries& queries, const HeadRows& keys, const RowRange& range, Matrix out);

// One row of scores.
struct ScoreRow {
  VisibleKeys visible;
  std::size_t lead = 0, size = 0;  // of CacheSlots
  float* scores = nullptr;         // [size]
  float* relative = nullptr;       // [distances]
  std::size_t distances = 0;       // 0 without relative keys
};

// Pass 2: `scores` become attention weights by slot, 0 for keys that are not visible. With relative
// values, `relative` becomes the attention weights by distance.
void softmax_row(const model::ModelConfig& config, const ScoreRow& row);

struct WeightedValues {
  ConstMatrix weights;  // [N, range.size]
  const HeadRows& values;
  RowRange range;  // of `values`; its first row begins a panel
  std::size_t N = 0, D = 0;
  Matrix out;  // [N, D]
};

// Pass 3: out += weights · values. int8 quantises the weights into `scratch`.
void add_weighted_sum_v(const WeightedValues& sum, AttentionScratch& scratch);

// out [N, D] += high + low half sums in `scratch`: the end of pass 3 in int8.
void add_half_sums(const AttentionScratch& scratch, std::size_t N, std::size_t D, Matrix out);

}  // namespace pno::infer
