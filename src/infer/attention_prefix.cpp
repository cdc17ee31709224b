#include "infer/attention_prefix.h"

#include <algorithm>

namespace pno::infer {
namespace {

// Pass 3 in int8: out [N, D] += attention weights in the scores · values. Each sequence continues
// from the int32 accumulators of the shared prefix, so that sums and roundings are those of
// add_weighted_sum_v().
void add_weighted_sum_v_int8(const PrefixGroup& group, std::size_t D, Matrix out,
                             AttentionScratch& scratch) {
  const auto& [sequences, slots, own_columns] = group;
  const auto [slot, size] = slots.ranges[0];
  const std::size_t N = sequences.size(), accumulators_stride = panel_count(D) * kPanelRows;
  const auto values_of = [&](const SequenceHead& sequence, std::size_t first) {
    return sequence.head.values.panels.from_value(first).without_scales();
  };
  for (std::size_t n = 0; n < N; ++n) {
    quantise_attention_weights(scratch.scores.from_row(n), /*N=*/1, size,
                               sequences[n].head.values.panels.scales + slot,
                               scratch.weights.from_row(2 * n));
  }
  multiply_panels({.quantised = scratch.weights,
                   .w = values_of(sequences.front(), slot + own_columns),
                   .N = 2 * N,
                   .M = D,
                   .K = size - own_columns,
                   .part = {.first_input = own_columns, .accumulators_out = scratch.accumulators}});
  for (std::size_t n = 0; n < N; ++n) {
    multiply_panels(
        {.quantised = scratch.weights.from_row(2 * n),
         .w = values_of(sequences[n], slot),
         .out = scratch.half_sums,
         .N = 2,
         .M = D,
         .K = own_columns,
         .part = {.accumulators_in = scratch.accumulators + 2 * n * accumulators_stride}});
    add_half_sums(scratch, /*N=*/1, D, out.from_row(n));
  }
}

}  // namespace

std::optional<PrefixGroup> find_prefix_group(std::span<const SequenceHead> sequences,
                                             const QueryBlock& block, std::int64_t shared_prefix) {
  constexpr std::size_t kMinSharedColumns = 64;
  const std::int64_t position = sequences.front().position;
  if (sequences.size() < 2 || shared_prefix <= 0 || shared_prefix > position) return std::nullopt;
  const auto slots = sequences.front().cache->slots_of(position, block.key_count());
  const std::size_t size = slots.ranges[0].size;
  const bool is_one_range = slots.ranges[1].size == 0 && size <= kMaxProductLength;
  const std::size_t first_shared =
      slots.lead + static_cast<std::size_t>(position - shared_prefix) + 1;
  const std::size_t own_columns = panel_count(first_shared) * kPanelRows;
  const bool are_at_one_position =
      std::all_of(sequences.begin(), sequences.end(),
                  [&](const SequenceHead& sequence) { return sequence.position == position; });
  if (!is_one_range || !are_at_one_position || size < own_columns + kMinSharedColumns) {
    return std::nullopt;
  }
  return PrefixGroup{sequences, slots, own_columns};
}

void attend_prefix_group(const PrefixAttention& attention, AttentionScratch& scratch) {
  const PrefixGroup& group = attention.group;
  const auto& [sequences, slots, own_columns] = group;
  const auto [slot, size] = slots.ranges[0];
  const QueryBlock& block = attention.block;
  const Queries& queries = attention.queries;
  const Matrix relative = attention.relative, out = attention.out;
  const auto& config = block.config;
  const std::size_t N = queries.N, D = queries.D;
  const Matrix scores = scratch.scores;
  const std::size_t distances = config.has_relative_keys() ? block.distance_count(1) : 0;

  // Pass 1: scores = q · k, the shared columns for all queries at once.
  qk_scores(queries, sequences.front().head.keys, {slot + own_columns, size - own_columns},
            scores.from_column(own_columns));
  for (std::size_t n = 0; n < N; ++n) {
    qk_scores(queries.row(n), sequences[n].head.keys, {slot, own_columns}, scores.from_row(n));

    // Pass 2: attention weights = softmax(scores + relative).
    softmax_row(config, {.visible = block.visible(0),
                         .lead = slots.lead,
                         .size = slots.size(),
                         .scores = scores.row(n),
                         .relative = relative.row(n),
                         .distances = distances});
    std::fill_n(out.row(n), D, 0.0F);
  }

  // Pass 3: out = weights · v (+ weights by distance · EV).
  const bool is_int8 = sequences.front().head.values.are_int8();
  if (is_int8) add_weighted_sum_v_int8(group, D, out, scratch);
  for (std::size_t n = 0; n < N; ++n) {
    const auto add = [&](Matrix weights, const HeadRows& values, const RowRange& range) {
      add_weighted_sum_v({.weights = weights.from_row(n),
                          .values = values,
                          .range = range,
                          .N = 1,
                          .D = D,
                          .out = out.from_row(n)},
                         scratch);
    };
    if (!is_int8) add(scores, sequences[n].head.values, {slot, size});
    if (config.has_relative_values()) {
      add(relative, sequences[n].head.relative_values, {0, distances});
    }
  }
}

}  // namespace pno::infer
