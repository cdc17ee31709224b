#include "infer/attention.h"

#include <algorithm>

#include "infer/vector_ops.h"

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

std::size_t scratch_bytes(const model::ModelConfig& config, Precision precision) {
  if (precision != Precision::int8) return 0;
  return kRows * (quantised_bytes(as_size(config.head_width())) +
                  2 * quantised_bytes(logits_stride(config)));
}

// What one query sees, by ascending distance from the last query: [skip, skip + count).
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

AttentionScratch::AttentionScratch(const model::ModelConfig& config, Precision precision)
    : floats_(scratch_floats(config, precision)), numbers_(scratch_bytes(config, precision)) {
  logits = {floats_.get(), logits_stride(config)};
  by_distance = {logits.data + kRows * logits.stride, by_distance_stride(config)};
  if (precision != Precision::int8) return;
  const auto D = as_size(config.head_width());
  sums_ = AlignedArray<std::int32_t>(3 * kRows);
  digits = {by_distance.data + kRows * by_distance.stride, D};
  float* scales = digits.data + 2 * kRows * D;
  queries = {numbers_.get(), quantised_bytes(D), scales, sums_.get()};
  shares = {numbers_.get() + kRows * quantised_bytes(D), quantised_bytes(logits_stride(config)),
            scales + kRows, sums_.get() + kRows};
}

double AttentionScratch::memory_bytes(const model::ModelConfig& config, Precision precision) {
  return static_cast<double>(scratch_floats(config, precision) * sizeof(float) +
                             scratch_bytes(config, precision));
}

namespace {

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

Queries to_dot(ConstMatrix rows, std::size_t N, std::size_t D, const HeadRows& with,
               const QuantisedRows& room) {
  if (with.rows != nullptr || with.panels.precision != Precision::int8) return {rows, {}, N, D};
  quantise(rows, N, D, room);
  return {rows, room, N, D};
}

// out [N, M] = queries · rows first … first + M - 1; `first` begins a panel.
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

// out [N, D] += shares [N, K] · rows first … first + K - 1; `first` begins a panel.
void mix_in(ConstMatrix shares, const HeadRows& of, std::size_t first, std::size_t K, Matrix out,
            std::size_t N, std::size_t D, AttentionScratch& scratch) {
  if (of.rows != nullptr) {
    return mix({shares, {of.rows + first * D, D}, out, N, D, K, /*accumulate=*/true});
  }
  Panels panels = of.panels;
  panels.scales = nullptr;
  for (std::size_t begin = 0; begin < K; begin += kMostNumbers) {
    const std::size_t slot = first + begin, size = std::min(kMostNumbers, K - begin);
    const ConstMatrix part{shares.data + begin, shares.stride};
    panels.data = of.panels.data + slot / numbers_of_step(panels.precision) * kStepBytes;
    if (panels.precision == Precision::bf16) {
      multiply_panels({part, {}, panels, out, N, D, size, nullptr, /*accumulate=*/true});
      continue;
    }
    quantise_shares(part, N, size, of.panels.scales + slot, scratch.shares);
    multiply_panels({{}, scratch.shares, panels, scratch.digits, 2 * N, D, size});
    for (std::size_t n = 0; n < N; ++n) {
      const float* high = scratch.digits.data + 2 * n * scratch.digits.stride;
      const float* low = high + scratch.digits.stride;
      for (std::size_t d = 0; d < D; ++d) out.data[n * out.stride + d] += high[d] + low[d];
    }
  }
}

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
    float* row = logits.data + n * logits.stride;
    const auto [skip, count] = block.view(n);
    float* seen = row + slots.lead + skip;
    float* of_distance = by_distance.data + n * by_distance.stride;
    if (distances > 0) add_relative(config, of_distance, seen, count);
    softmax(seen, count);
    std::fill(row, seen, 0.0F);
    std::fill(seen + count, row + slots.size(), 0.0F);
    if (config.has_relative_values()) sum_by_distance(seen, count, of_distance, distances);
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
                     ConstMatrix queries, Matrix out, AttentionScratch& scratch) {
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
  for (std::size_t n = 0; n < pieces.size(); ++n) {
    const Matrix by{scratch.by_distance.data + n * scratch.by_distance.stride,
                    scratch.by_distance.stride};
    attend_cached(config, *pieces[n].cache, pieces[n].head, all.one(n), block_of(pieces[n]), by,
                  {out.data + n * out.stride, out.stride}, scratch);
  }
}

}  // namespace pno::infer
