#include "infer/attention_forks.h"

#include <algorithm>

namespace pno::infer {
namespace {

// out [N, D] += shares in the logits · values. Each goes on with the whole sums of what all share,
// so that the sums, and what is rounded, are those of mix_in().
void mix_in_forks(const Forks& forks, Matrix out, std::size_t D, AttentionScratch& scratch) {
  const auto& [pieces, slots, fork] = forks;
  const auto [slot, size] = slots.runs[0];
  const Matrix logits = scratch.logits;
  const QuantisedRows shares = scratch.shares;
  const std::size_t N = pieces.size(), sums_of_row = panels_of(D) * kPanelRows;
  const auto digits_of = [&](std::size_t n) {
    return QuantisedRows{shares.numbers + 2 * n * shares.stride_bytes, shares.stride_bytes,
                         shares.scales + 2 * n, shares.sums + 2 * n};
  };
  for (std::size_t n = 0; n < N; ++n) {
    const float* scales = pieces[n].head.values.panels.scales + slot;
    quantise_shares({logits.data + n * logits.stride, logits.stride}, 1, size, scales,
                    digits_of(n));
  }
  multiply_panels({.x = {},
                   .quantised = shares,
                   .w = values_from(pieces.front().head.values.panels, slot + fork),
                   .out = {},
                   .N = 2 * N,
                   .M = D,
                   .K = size - fork,
                   .part = {.first = fork, .after = scratch.whole_sums}});
  for (std::size_t n = 0; n < N; ++n) {
    multiply_panels({.x = {},
                     .quantised = digits_of(n),
                     .w = values_from(pieces[n].head.values.panels, slot),
                     .out = scratch.digits,
                     .N = 2,
                     .M = D,
                     .K = fork,
                     .part = {.before = scratch.whole_sums + 2 * n * sums_of_row}});
    add_digits(scratch, {out.data + n * out.stride, out.stride}, 1, D);
  }
}

}  // namespace

std::optional<Forks> forks_of(std::span<const PieceHead> pieces, const QueryBlock& block,
                              std::int64_t common) {
  constexpr std::size_t kLeastShared = 64;  // columns
  const std::int64_t position = pieces.front().position;
  if (pieces.size() < 2 || common <= 0 || common > position) return std::nullopt;
  const auto slots = pieces.front().cache->runs(position, block.columns());
  const std::size_t size = slots.runs[0].size;
  const bool is_one_run = slots.runs[1].size == 0 && size <= kMostNumbers;
  const std::size_t first_shared = slots.lead + static_cast<std::size_t>(position - common) + 1;
  const std::size_t fork = panels_of(first_shared) * kPanelRows;
  const bool are_together = std::all_of(pieces.begin(), pieces.end(), [&](const PieceHead& piece) {
    return piece.position == position;
  });
  if (!is_one_run || !are_together || size < fork + kLeastShared) return std::nullopt;
  return Forks{pieces, slots, fork};
}

void attend_forks(const model::ModelConfig& config, const Forks& forks, const Queries& queries,
                  const QueryBlock& block, Matrix by_distance, Matrix out,
                  AttentionScratch& scratch) {
  const auto& [pieces, slots, fork] = forks;
  const auto [slot, size] = slots.runs[0];
  const std::size_t N = queries.N, D = queries.D;
  const Matrix logits = scratch.logits;
  const auto row_of = [](Matrix matrix, std::size_t n) {
    return Matrix{matrix.data + n * matrix.stride, matrix.stride};
  };
  const std::size_t distances = config.has_relative_keys() ? block.distances(1) : 0;
  dot(queries, pieces.front().head.keys, slot + fork, size - fork,
      {logits.data + fork, logits.stride});
  for (std::size_t n = 0; n < N; ++n) {
    dot(queries.one(n), pieces[n].head.keys, slot, fork, row_of(logits, n));
    weigh(config, block.view(0), slots, row_of(logits, n).data, row_of(by_distance, n).data,
          distances);
    std::fill_n(row_of(out, n).data, D, 0.0F);
  }
  const bool is_int8 = pieces.front().head.values.are_int8();
  if (is_int8) mix_in_forks(forks, out, D, scratch);
  for (std::size_t n = 0; n < N; ++n) {
    const Matrix row = row_of(logits, n), by = row_of(by_distance, n);
    if (!is_int8) {
      mix_in({row.data, row.stride}, pieces[n].head.values, slot, size, row_of(out, n), 1, D,
             scratch);
    }
    if (config.has_relative_values()) {
      mix_in({by.data, by.stride}, pieces[n].head.relative_values, 0, distances, row_of(out, n), 1,
             D, scratch);
    }
  }
}

}  // namespace pno::infer
