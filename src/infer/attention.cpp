#include "infer/attention.h"

#include <algorithm>

#include "infer/vector_ops.h"

namespace pno::infer {
namespace {

std::size_t as_size(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

std::size_t logits_stride(const model::ModelConfig& config) {
  return as_size(config.context) + as_size(kAttentionRows);
}

std::size_t by_distance_stride(const model::ModelConfig& config) {
  return config.has_relative_keys() ? as_size(std::min(config.max_distance, config.context)) : 0;
}

// What one query sees: columns [skip, skip + count) of the block's logits, by ascending distance.
struct View {
  std::size_t skip = 0, count = 0;
};

struct Block {
  const model::ModelConfig& config;
  std::int64_t first, last;  // positions of the queries

  std::size_t columns() const { return as_size(last - oldest_visible(config, first)) + 1; }

  View view(std::size_t n) const {
    const std::int64_t position = first + static_cast<std::int64_t>(n);
    return {as_size(last - position), as_size(position - oldest_visible(config, position)) + 1};
  }

  // Rows of a relative table that any query needs: a later one sees no less far, but for a new
  // block of relative_local.
  std::size_t distances(std::size_t N) const {
    std::size_t most = 0;
    for (std::size_t n = 0; n < N; ++n) most = std::max(most, view(n).count);
    return std::min(most, as_size(config.max_distance));
  }
};

// Adds q · E[distance] to a row of logits. Beyond the table it is zero; Shaw's last row goes on.
void add_relative(const model::ModelConfig& config, const float* by_distance, float* logits,
                  std::size_t count) {
  const std::size_t known = std::min(count, as_size(config.max_distance));
  for (std::size_t d = 0; d < known; ++d) logits[d] += by_distance[d];
  if (config.attention != model::Attention::shaw) return;
  for (std::size_t d = known; d < count; ++d) logits[d] += by_distance[known - 1];
}

// Shares of attention by distance, those from the last row of the table on together.
void sum_by_distance(const float* shares, std::size_t count, float* by_distance,
                     std::size_t distances) {
  const std::size_t known = std::min(count, distances);
  std::copy_n(shares, known, by_distance);
  std::fill(by_distance + known, by_distance + distances, 0.0F);
  for (std::size_t d = known; d < count; ++d) by_distance[known - 1] += shares[d];
}

}  // namespace

std::int64_t oldest_visible(const model::ModelConfig& config, std::int64_t position) {
  std::int64_t oldest = position - config.context + 1;
  if (config.attention == model::Attention::relative_local) {
    oldest = std::max(oldest, (position / config.block - 1) * config.block);
  }
  return std::max<std::int64_t>(oldest, 0);
}

AttentionScratch::AttentionScratch(const model::ModelConfig& config) {
  const auto rows = as_size(kAttentionRows);
  logits.stride = logits_stride(config);
  logits_ = float_array(rows * logits.stride);
  logits.data = logits_.get();
  by_distance.stride = by_distance_stride(config);
  by_distance_ = float_array(rows * by_distance.stride);
  by_distance.data = by_distance_.get();
}

double AttentionScratch::memory_bytes(const model::ModelConfig& config) {
  return static_cast<double>(kAttentionRows * sizeof(float)) *
         static_cast<double>(logits_stride(config) + by_distance_stride(config));
}

void attend(const model::ModelConfig& config, const KvCache& cache, const AttentionHead& head,
            ConstMatrix queries, std::int64_t first, std::size_t N, Matrix out,
            AttentionScratch& scratch) {
  const auto D = as_size(config.head_width());
  const Block block{config, first, first + static_cast<std::int64_t>(N) - 1};
  const std::size_t M = block.columns();
  const auto runs = cache.runs(block.last, M);
  const Matrix logits = scratch.logits, by_distance = scratch.by_distance;
  const std::size_t distances = config.has_relative_keys() ? block.distances(N) : 0;

  const float* keys = cache.keys(head.layer, head.head);
  multiply({queries, {keys + runs[0].slot * D, D}, logits, N, runs[0].size, D});
  const Matrix rest{logits.data + runs[0].size, logits.stride};
  multiply({queries, {keys + runs[1].slot * D, D}, rest, N, runs[1].size, D});
  if (distances > 0) {
    multiply({queries, {head.relative_keys, D}, by_distance, N, distances, D});
  }

  for (std::size_t n = 0; n < N; ++n) {
    float* row = logits.data + n * logits.stride;
    const auto [skip, count] = block.view(n);
    float* seen = row + skip;
    float* of_distance = by_distance.data + n * by_distance.stride;
    if (distances > 0) add_relative(config, of_distance, seen, count);
    softmax(seen, count);
    std::fill(row, seen, 0.0F);
    std::fill(seen + count, row + M, 0.0F);
    if (config.has_relative_values()) sum_by_distance(seen, count, of_distance, distances);
  }

  const float* values = cache.values(head.layer, head.head);
  const ConstMatrix shares{logits.data, logits.stride}, shares_of_rest{rest.data, rest.stride};
  mix({shares, {values + runs[0].slot * D, D}, out, N, D, runs[0].size});
  mix({shares_of_rest, {values + runs[1].slot * D, D}, out, N, D, runs[1].size, true});
  if (config.has_relative_values()) {
    const ConstMatrix shares_of_distance{by_distance.data, by_distance.stride};
    mix({shares_of_distance, {head.relative_values, D}, out, N, D, distances, true});
  }
}

}  // namespace pno::infer
