#include "infer/attention.h"

#include <algorithm>

#include "infer/attention_forks.h"
#include "infer/attention_steps.h"

namespace pno::infer {
namespace {

std::size_t as_size(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

// Two runs of slots, each with the rest of its first and its last panel.
std::size_t logits_stride(const model::ModelConfig& config) {
  return panels_of(as_size(config.context) + as_size(kAttentionRows)) * kPanelRows + 3 * kPanelRows;
}

std::size_t by_distance_stride(const model::ModelConfig& config) {
  if (!config.has_relative_keys()) return 0;
  return panels_of(as_size(std::min(config.max_distance, config.context))) * kPanelRows;
}

constexpr auto kRows = static_cast<std::size_t>(kAttentionRows);

// Floats of the matrices and scales of AttentionScratch.
std::size_t scratch_floats(const model::ModelConfig& config, Precision precision) {
  std::size_t row = logits_stride(config) + by_distance_stride(config);
  if (precision == Precision::int8) row += 2 * as_size(config.head_width()) + 3;
  return kRows * row;
}

std::size_t whole_sums_size(const model::ModelConfig& config) {
  return 2 * kRows * panels_of(as_size(config.head_width())) * kPanelRows;
}

std::size_t scratch_bytes(const model::ModelConfig& config, Precision precision) {
  if (precision != Precision::int8) return 0;
  return kRows * (quantised_bytes(as_size(config.head_width())) +
                  2 * quantised_bytes(logits_stride(config)));
}

}  // namespace

std::int64_t oldest_visible(const model::ModelConfig& config, std::int64_t position) {
  std::int64_t oldest = position - config.context + 1;
  if (config.attention == model::Attention::relative_local) {
    oldest = std::max(oldest, (position / config.block - 1) * config.block);
  }
  return std::max<std::int64_t>(oldest, 0);
}

AttentionScratch::AttentionScratch(const model::ModelConfig& config, Precision precision)
    : floats_(scratch_floats(config, precision)), numbers_(scratch_bytes(config, precision)) {
  logits = {floats_.get(), logits_stride(config)};
  by_distance = {logits.data + kRows * logits.stride, by_distance_stride(config)};
  if (precision != Precision::int8) return;
  const auto D = as_size(config.head_width());
  sums_ = AlignedArray<std::int32_t>(3 * kRows);
  whole_sums_ = AlignedArray<std::int32_t>(whole_sums_size(config));
  whole_sums = whole_sums_.get();
  digits = {by_distance.data + kRows * by_distance.stride, D};
  float* scales = digits.data + 2 * kRows * D;
  queries = {numbers_.get(), quantised_bytes(D), scales, sums_.get()};
  shares = {numbers_.get() + kRows * quantised_bytes(D), quantised_bytes(logits_stride(config)),
            scales + kRows, sums_.get() + kRows};
}

double AttentionScratch::memory_bytes(const model::ModelConfig& config, Precision precision) {
  const std::size_t sums = precision == Precision::int8 ? whole_sums_size(config) : 0;
  return static_cast<double>(scratch_floats(config, precision) * sizeof(float) +
                             scratch_bytes(config, precision) + sums * sizeof(std::int32_t));
}

namespace {

// Attention over the cache, with q · E of the queries' distances in `by_distance` (or nothing).
void attend_cached(const model::ModelConfig& config, const KvCache& cache,
                   const AttentionHead& head, const Queries& queries, const Block& block,
                   Matrix by_distance, Matrix out, AttentionScratch& scratch) {
  const std::size_t N = queries.N, D = queries.D;
  const auto slots = cache.runs(block.last, block.columns());
  const Matrix logits = scratch.logits;
  const Matrix rest{logits.data + slots.runs[0].size, logits.stride};
  const std::size_t distances = config.has_relative_keys() ? block.distances(N) : 0;
  dot(queries, head.keys, slots.runs[0].slot, slots.runs[0].size, logits);
  dot(queries, head.keys, slots.runs[1].slot, slots.runs[1].size, rest);
  for (std::size_t n = 0; n < N; ++n) {
    weigh(config, block.view(n), slots, logits.data + n * logits.stride,
          by_distance.data + n * by_distance.stride, distances);
    std::fill_n(out.data + n * out.stride, D, 0.0F);
  }
  const ConstMatrix shares{logits.data, logits.stride}, shares_of_rest{rest.data, rest.stride};
  mix_in(shares, head.values, slots.runs[0].slot, slots.runs[0].size, out, N, D, scratch);
  mix_in(shares_of_rest, head.values, slots.runs[1].slot, slots.runs[1].size, out, N, D, scratch);
  if (config.has_relative_values()) {
    const ConstMatrix by{by_distance.data, by_distance.stride};
    mix_in(by, head.relative_values, 0, distances, out, N, D, scratch);
  }
}

}  // namespace

void attend(const model::ModelConfig& config, const KvCache& cache, const AttentionHead& head,
            ConstMatrix queries, std::int64_t first, std::size_t N, Matrix out,
            AttentionScratch& scratch) {
  const Block block{config, first, first + static_cast<std::int64_t>(N) - 1};
  const auto all = to_dot(queries, N, as_size(config.head_width()), head.keys, scratch.queries);
  if (config.has_relative_keys()) {
    dot(all, head.relative_keys, 0, block.distances(N), scratch.by_distance);
  }
  attend_cached(config, cache, head, all, block, scratch.by_distance, out, scratch);
}

void attend_together(const model::ModelConfig& config, std::span<const PieceHead> pieces,
                     std::int64_t common, ConstMatrix queries, Matrix out,
                     AttentionScratch& scratch) {
  const AttentionHead& first = pieces.front().head;
  auto all =
      to_dot(queries, pieces.size(), as_size(config.head_width()), first.keys, scratch.queries);
  all.rows_alone = true;
  const auto block_of = [&](const PieceHead& piece) {
    return Block{config, piece.position, piece.position};
  };
  if (config.has_relative_keys()) {
    std::size_t distances = 0;
    for (const auto& piece : pieces) distances = std::max(distances, block_of(piece).distances(1));
    dot(all, first.relative_keys, 0, distances, scratch.by_distance);
  }
  const Block block = block_of(pieces.front());
  if (const auto forks = forks_of(pieces, block, common)) {
    return attend_forks(config, *forks, all, block, scratch.by_distance, out, scratch);
  }
  for (std::size_t n = 0; n < pieces.size(); ++n) {
    const Matrix by{scratch.by_distance.data + n * scratch.by_distance.stride,
                    scratch.by_distance.stride};
    attend_cached(config, *pieces[n].cache, pieces[n].head, all.one(n), block_of(pieces[n]), by,
                  {out.data + n * out.stride, out.stride}, scratch);
  }
}

}  // namespace pno::infer
