#include "infer/attention.h"

#include <algorithm>

#include "infer/attention_prefix.h"
#include "infer/attention_steps.h"

namespace pno::infer {
namespace {

std::size_t as_size(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

// Queries of one sequence whose relative scores are computed.
struct CachedAttention {
  const QueryBlock& block;
  const KvCache& cache;
  const AttentionHead& head;
  const Queries& queries;
  Matrix relative;  // [N, distances], q · E by distance; empty without relative keys
  Matrix out;       // [N, D]
};

void attend_cached(const CachedAttention& attention, AttentionScratch& scratch) {
  const QueryBlock& block = attention.block;
  const AttentionHead& head = attention.head;
  const Queries& queries = attention.queries;
  const Matrix relative = attention.relative, out = attention.out;
  const auto& config = block.config;
  const std::size_t N = queries.N, D = queries.D;
  const std::size_t distances = config.has_relative_keys() ? block.distance_count(N) : 0;
  const CacheSlots slots = attention.cache.slots_of(block.last, block.key_count());
  const auto& [newer, older] = slots.ranges;
  const Matrix newer_scores = scratch.scores;
  const Matrix older_scores = scratch.scores.from_column(newer.size);

  // Pass 1: scores = q · k.
  qk_scores(queries, head.keys, newer, newer_scores);
  qk_scores(queries, head.keys, older, older_scores);

  // Pass 2: attention weights = softmax(scores + relative).
  for (std::size_t n = 0; n < N; ++n) {
    softmax_row(config, {.visible = block.visible(n),
                         .lead = slots.lead,
                         .size = slots.size(),
                         .scores = scratch.scores.row(n),
                         .relative = relative.row(n),
                         .distances = distances});
    std::fill_n(out.row(n), D, 0.0F);
  }

  // Pass 3: out = weights · v (+ weights by distance · EV).
  const auto add = [&](ConstMatrix weights, const HeadRows& values, const RowRange& range) {
    add_weighted_sum_v(
        {.weights = weights, .values = values, .range = range, .N = N, .D = D, .out = out},
        scratch);
  };
  add(newer_scores, head.values, newer);
  add(older_scores, head.values, older);
  if (config.has_relative_values()) add(relative, head.relative_values, {0, distances});
}

}  // namespace

void attend(const SequenceAttention& attention, AttentionScratch& scratch) {
  const auto& [config, cache, head, first, N, query_rows, out] = attention;
  const QueryBlock block{config, first, first + static_cast<std::int64_t>(N) - 1};
  const Queries queries =
      prepare_queries(query_rows, N, as_size(config.head_width()), head.keys, scratch.queries);
  if (config.has_relative_keys()) {
    qk_scores(queries, head.relative_keys, {0, block.distance_count(N)}, scratch.relative);
  }
  attend_cached({.block = block,
                 .cache = cache,
                 .head = head,
                 .queries = queries,
                 .relative = scratch.relative,
                 .out = out},
                scratch);
}

void attend_batch(const BatchAttention& attention, AttentionScratch& scratch) {
  const auto& config = attention.config;
  const auto sequences = attention.sequences;
  const AttentionHead& first = sequences.front().head;
  Queries queries = prepare_queries(attention.queries, sequences.size(),
                                    as_size(config.head_width()), first.keys, scratch.queries);
  queries.independent_rows = true;
  const auto block_of = [&](const SequenceHead& sequence) {
    return QueryBlock{config, sequence.position, sequence.position};
  };
  if (config.has_relative_keys()) {
    std::size_t distances = 0;
    for (const auto& sequence : sequences) {
      distances = std::max(distances, block_of(sequence).distance_count(1));
    }
    qk_scores(queries, first.relative_keys, {0, distances}, scratch.relative);
  }
  const QueryBlock block = block_of(sequences.front());
  if (const auto group = find_prefix_group(sequences, block, attention.shared_prefix)) {
    return attend_prefix_group({.group = *group,
                                .block = block,
                                .queries = queries,
                                .relative = scratch.relative,
                                .out = attention.out},
                               scratch);
  }
  for (std::size_t n = 0; n < sequences.size(); ++n) {
    attend_cached({.block = block_of(sequences[n]),
                   .cache = *sequences[n].cache,
                   .head = sequences[n].head,
                   .queries = queries.row(n),
                   .relative = scratch.relative.from_row(n),
                   .out = attention.out.from_row(n)},
                  scratch);
  }
}

}  // namespace pno::infer
