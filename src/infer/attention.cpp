#include "infer/attention.h"

#include <algorithm>

#include "infer/attention_forks.h"
#include "infer/attention_steps.h"

namespace pno::infer {
namespace {

std::size_t as_size(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

// Attention over the cache, with q · E of the queries' distances in `by_distance` (or nothing).
void attend_cached(const model::ModelConfig& config, const KvCache& cache,
                   const AttentionHead& head, const Queries& queries, const QueryBlock& block,
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
  const QueryBlock block{config, first, first + static_cast<std::int64_t>(N) - 1};
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
    return QueryBlock{config, piece.position, piece.position};
  };
  if (config.has_relative_keys()) {
    std::size_t distances = 0;
    for (const auto& piece : pieces) distances = std::max(distances, block_of(piece).distances(1));
    dot(all, first.relative_keys, 0, distances, scratch.by_distance);
  }
  const QueryBlock block = block_of(pieces.front());
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
