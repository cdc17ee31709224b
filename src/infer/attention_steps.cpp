#include "infer/attention_steps.h"

#include <algorithm>

#include "infer/kernels/vector_ops.h"

namespace pno::infer {
namespace {

std::size_t as_size(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

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

std::size_t QueryBlock::columns() const {
  return as_size(last - oldest_visible(config, first)) + 1;
}

View QueryBlock::view(std::size_t n) const {
  const std::int64_t position = first + static_cast<std::int64_t>(n);
  return {as_size(last - position), as_size(position - oldest_visible(config, position)) + 1};
}

// A later query sees no less far, but for a new block of relative_local.
std::size_t QueryBlock::distances(std::size_t N) const {
  std::size_t most = 0;
  for (std::size_t n = 0; n < N; ++n) most = std::max(most, view(n).count);
  return std::min(most, as_size(config.max_distance));
}

Queries to_dot(ConstMatrix rows, std::size_t N, std::size_t D, const HeadRows& with,
               const QuantisedRows& room) {
  if (!with.are_int8()) return {rows, {}, N, D};
  quantise(rows, N, D, room);
  return {rows, room, N, D};
}

void dot(const Queries& queries, const HeadRows& with, std::size_t first, std::size_t M,
         Matrix out) {
  const auto& [rows, quantised, N, D, rows_alone] = queries;
  if (with.rows != nullptr) {
    return multiply({.x = rows,
                     .w = {with.rows + first * D, D},
                     .out = out,
                     .N = N,
                     .M = M,
                     .K = D,
                     .rows_alone = rows_alone});
  }
  Panels panels = with.panels;
  panels.data += first / kPanelRows * panels.panel_size_bytes;
  if (panels.scales != nullptr) panels.scales += first;
  multiply_panels({rows, quantised, panels, out, N, M, D});
}

Panels values_from(Panels panels, std::size_t slot) {
  panels.scales = nullptr;
  panels.data += slot / numbers_of_step(panels.precision) * kStepBytes;
  return panels;
}

void add_digits(const AttentionScratch& scratch, Matrix out, std::size_t N, std::size_t D) {
  for (std::size_t n = 0; n < N; ++n) {
    const float* high = scratch.digits.data + 2 * n * scratch.digits.stride;
    const float* low = high + scratch.digits.stride;
    for (std::size_t d = 0; d < D; ++d) out.data[n * out.stride + d] += high[d] + low[d];
  }
}

void mix_in(ConstMatrix shares, const HeadRows& of, std::size_t first, std::size_t K, Matrix out,
            std::size_t N, std::size_t D, AttentionScratch& scratch) {
  if (of.rows != nullptr) {
    return mix({shares, {of.rows + first * D, D}, out, N, D, K, /*accumulate=*/true});
  }
  for (std::size_t begin = 0; begin < K; begin += kMostNumbers) {
    const std::size_t slot = first + begin, size = std::min(kMostNumbers, K - begin);
    const ConstMatrix part{shares.data + begin, shares.stride};
    const Panels panels = values_from(of.panels, slot);
    if (panels.precision == Precision::bf16) {
      multiply_panels({part, {}, panels, out, N, D, size, nullptr, /*accumulate=*/true});
      continue;
    }
    quantise_shares(part, N, size, of.panels.scales + slot, scratch.shares);
    multiply_panels({{}, scratch.shares, panels, scratch.digits, 2 * N, D, size});
    add_digits(scratch, out, N, D);
  }
}

void weigh(const model::ModelConfig& config, const View& view, const KvCache::Runs& slots,
           float* row, float* by_distance, std::size_t distances) {
  float* seen = row + slots.lead + view.skip;
  if (distances > 0) add_relative(config, by_distance, seen, view.count);
  softmax(seen, view.count);
  std::fill(row, seen, 0.0F);
  std::fill(seen + view.count, row + slots.size(), 0.0F);
  if (config.has_relative_values()) sum_by_distance(seen, view.count, by_distance, distances);
}

}  // namespace pno::infer
