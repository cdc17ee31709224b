#pragma once

// What attention.cpp and attention_forks.cpp do, step by step.
//
// N queries, M rows, K numbers of shares, D head width

#include <cstddef>
#include <cstdint>

#include "infer/attention_head.h"
#include "infer/attention_scratch.h"
#include "infer/kernels/matrix_ops.h"
#include "infer/kernels/panel_ops.h"
#include "infer/kv_cache.h"
#include "model/config.h"

namespace pno::infer {

// What one query sees, by ascending distance from the last query: [skip, skip + count).
struct View {
  std::size_t skip = 0, count = 0;
};

// The oldest position that a query at `position` attends to.
std::int64_t oldest_visible(const model::ModelConfig& config, std::int64_t position);

struct QueryBlock {
  const model::ModelConfig& config;
  std::int64_t first, last;  // positions of the queries

  std::size_t columns() const;
  View view(std::size_t n) const;

  // Rows of a relative table that any of the N queries needs.
  std::size_t distances(std::size_t N) const;
};

// Queries as they are dotted with rows.
struct Queries {
  ConstMatrix rows;
  QuantisedRows quantised;
  std::size_t N = 0, D = 0;
  bool rows_alone = false;  // as in Product

  // Query n as the only one.
  Queries one(std::size_t n) const {
    Queries query{{rows.data + n * rows.stride, rows.stride}, quantised, 1, D};
    if (quantised.numbers == nullptr) return query;
    query.quantised.numbers += n * quantised.stride_bytes;
    query.quantised.scales += n;
    query.quantised.sums += n;
    return query;
  }
};

// `room` is for int8, as `with` is what they will be dotted with.
Queries to_dot(ConstMatrix rows, std::size_t N, std::size_t D, const HeadRows& with,
               const QuantisedRows& room);

// out [N, M] = queries · rows first … first + M - 1; `first` begins a panel.
void dot(const Queries& queries, const HeadRows& with, std::size_t first, std::size_t M,
         Matrix out);

// A row of logits by slot becomes shares of attention, with q · E of the distances in `by_distance`
// (or nothing), which then holds the shares by distance, where there are relative values.
void weigh(const model::ModelConfig& config, const View& view, const KvCache::Runs& slots,
           float* row, float* by_distance, std::size_t distances);

// Panels of values from `slot` on, without their scales, which are the shares' in int8.
Panels values_from(Panels panels, std::size_t slot);

// out [N, D] += the two digits of what shares were multiplied with, which are in the scratch.
void add_digits(const AttentionScratch& scratch, Matrix out, std::size_t N, std::size_t D);

// out [N, D] += shares [N, K] · rows first … first + K - 1; `first` begins a panel.
void mix_in(ConstMatrix shares, const HeadRows& of, std::size_t first, std::size_t K, Matrix out,
            std::size_t N, std::size_t D, AttentionScratch& scratch);

}  // namespace pno::infer
