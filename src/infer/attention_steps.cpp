#include "infer/attention_steps.h"

#include <algorithm>

#include "infer/kernels/vector_ops.h"

namespace pno::infer {
namespace {

std::size_t as_size(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

// reference: if (r = table_row(i - j)) logit += dot(q, row_of(head.relative_keys, *r, D));
// Beyond the table the term is 0; Shaw's last row serves all greater distances.
void add_relative_scores(const model::ModelConfig& config, const float* relative, float* scores,
                         std::size_t count) {
  const std::size_t in_table = std::min(count, as_size(config.max_distance));
  for (std::size_t d = 0; d < in_table; ++d) scores[d] += relative[d];
  if (config.attention != model::Attention::shaw) return;
  for (std::size_t d = in_table; d < count; ++d) scores[d] += relative[in_table - 1];
}

// Attention weights by row of the table: distances beyond it are added to the last row.
void sum_by_distance(const float* weights, std::size_t count, float* relative,
                     std::size_t distances) {
  const std::size_t in_table = std::min(count, distances);
  std::copy_n(weights, in_table, relative);
  std::fill(relative + in_table, relative + distances, 0.0F);
  for (std::size_t d = in_table; d < count; ++d) relative[in_table - 1] += weights[d];
}

}  // namespace

// reference: first_key(config, i)
std::int64_t oldest_visible(const model::ModelConfig& config, std::int64_t position) {
  std::int64_t oldest = position - config.context + 1;
  if (config.attention == model::Attention::relative_local) {
    oldest = std::max(oldest, (position / config.block - 1) * config.block);
  }
  return std::max<std::int64_t>(oldest, 0);
}

std::size_t QueryBlock::key_count() const {
  return as_size(last - oldest_visible(config, first)) + 1;
}

VisibleKeys QueryBlock::visible(std::size_t n) const {
  const std::int64_t position = first + static_cast<std::int64_t>(n);
  return {as_size(last - position), as_size(position - oldest_visible(config, position)) + 1};
}

// The window grows with the query, except at a relative_local block boundary: all are compared.
std::size_t QueryBlock::distance_count(std::size_t N) const {
  std::size_t longest = 0;
  for (std::size_t n = 0; n < N; ++n) longest = std::max(longest, visible(n).count);
  return std::min(longest, as_size(config.max_distance));
}

Queries prepare_queries(ConstMatrix rows, std::size_t N, std::size_t D, const HeadRows& keys,
                        const QuantisedRows& buffer) {
  if (!keys.are_int8()) return {.rows = rows, .quantised = {}, .N = N, .D = D};
  quantise(rows, N, D, buffer);
  return {.rows = rows, .quantised = buffer, .N = N, .D = D};
}

// reference: double logit = dot(q, row_of(head.k, j, D));
void qk_scores(const Queries& queries, const HeadRows& keys, const RowRange& range, Matrix out) {
  const std::size_t D = queries.D;
  if (keys.rows != nullptr) {
    return multiply({.x = queries.rows,
                     .w = {keys.rows + range.first * D, D},
                     .out = out,
                     .N = queries.N,
                     .M = range.size,
                     .K = D,
                     .independent_rows = queries.independent_rows});
  }
  multiply_panels({.x = queries.rows,
                   .quantised = queries.quantised,
                   .w = keys.panels.from_row(range.first),
                   .out = out,
                   .N = queries.N,
                   .M = range.size,
                   .K = D});
}

// reference: weights[j] = std::exp(weights[j] - largest); … weights[j] /= sum;
void softmax_row(const model::ModelConfig& config, const ScoreRow& row) {
  float* const begin = row.scores + row.lead + row.visible.skip;
  float* const end = begin + row.visible.count;
  if (row.distances > 0) add_relative_scores(config, row.relative, begin, row.visible.count);
  softmax(begin, row.visible.count);
  std::fill(row.scores, begin, 0.0F);
  std::fill(end, row.scores + row.size, 0.0F);
  if (!config.has_relative_values()) return;
  sum_by_distance(begin, row.visible.count, row.relative, row.distances);
}

// reference: add(out, weight, row_of(head.v, j, D));
//            add(out, weight, row_of(head.relative_values, *r, D));
void add_weighted_sum_v(const WeightedValues& sum, AttentionScratch& scratch) {
  const auto& [weights, values, range, N, D, out] = sum;
  if (values.rows != nullptr) {
    return weighted_sum({.p = weights,
                         .v = {values.rows + range.first * D, D},
                         .out = out,
                         .N = N,
                         .M = D,
                         .K = range.size,
                         .accumulate = true});
  }
  for (std::size_t begin = 0; begin < range.size; begin += kMaxProductLength) {
    const std::size_t slot = range.first + begin;
    const std::size_t size = std::min(kMaxProductLength, range.size - begin);
    const ConstMatrix part = weights.from_column(begin);
    // In int8 the scales of the values are multiplied into the weights.
    const Panels panels = values.panels.from_value(slot).without_scales();
    if (!values.are_int8()) {
      multiply_panels(
          {.x = part, .w = panels, .out = out, .N = N, .M = D, .K = size, .accumulate = true});
      continue;
    }
    quantise_attention_weights(part, N, size, values.panels.scales + slot, scratch.weights);
    multiply_panels({.quantised = scratch.weights,
                     .w = panels,
                     .out = scratch.half_sums,
                     .N = 2 * N,
                     .M = D,
                     .K = size});
    add_half_sums(scratch, N, D, out);
  }
}

void add_half_sums(const AttentionScratch& scratch, std::size_t N, std::size_t D, Matrix out) {
  for (std::size_t n = 0; n < N; ++n) {
    const float* high = scratch.half_sums.row(2 * n);
    const float* low = scratch.half_sums.row(2 * n + 1);
    for (std::size_t d = 0; d < D; ++d) out.row(n)[d] += high[d] + low[d];
  }
}

}  // namespace pno::infer
