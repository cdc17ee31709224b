// Forward and backward pass over the tiles of a task. Each step quotes the line of
// model/reference_attention.cpp that it computes, after "reference:". There a is the matrix of
// attention weights, E the key table, EV the value table, f the factor of dropout and g a row of
// the output's gradient.

#include "train/kernels/attention_kernel.h"

#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/kernels/attention_kernel.cpp"
#include <hwy/foreach_target.h>
// Highway's required order: foreach_target.h comes before the headers that it includes again.
#include <hwy/highway.h>

#include "train/kernels/attention_softmax-inl.h"
#include "train/kernels/attention_tile_products-inl.h"
#include "train/kernels/attention_workspace-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pno::train::HWY_NAMESPACE {

// Calls work(tile) for all tiles of the task. The outer loop is over keys: the data of a tile's
// keys stays in the second-level cache while all queries use it.
template <class Work>
void for_each_tile(const HeadTask& task, const Work& work) {
  const auto& shape = task.shape;
  const Columns keys = keys_of_task(task);
  const Index band_columns = shape.table_rows == 0 ? 0 : shape.band_columns();
  for (Index first_key = keys.begin; first_key < keys.end; first_key += kTileKeys) {
    for (Index query = task.first_query; query < task.end_query; query = shape.block_end(query)) {
      const Index end = shape.block_end(query);
      const Index begin_key = std::max(first_key, shape.first_key_of(query));
      const Index end_key = std::min(first_key + kTileKeys, end);
      if (begin_key >= end_key) continue;
      work(Tile{query, end - query, first_key, begin_key, end_key, band_columns});
    }
  }
}

// Sets the elements of a row of the strip that are not keys of the tile to 0: products read whole
// panels.
void clear_outside(const Tile& tile, Index row, const Strip& strip) {
  const Columns seen = tile.distances_of(row);
  float* const begin = strip.by_distance(row, -kMaxPanel);
  float* const end = begin + Strip::kDistances;
  if (seen.empty()) return std::fill(begin, end, 0.0F);
  std::fill(begin, strip.by_distance(row, seen.begin), 0.0F);
  std::fill(strip.by_distance(row, seen.end), end, 0.0F);
}

float scale_of(const HeadShape& shape) {
  return 1 / std::sqrt(static_cast<float>(shape.head_width));
}

// Adds a tile to the outputs. They are relative to e^largest, and rescaled if a tile has a larger
// logit (Milakov and Gimelshein 2018, "Online normalizer calculation for softmax").
template <bool kDrop>
void forward_tile(const HeadTask& task, const Workspace& work, const Tile& tile, Rows out) {
  const Index D = work.head_width, W = work.width;
  // Pass 1. reference: logit[i, j] = (q_i · k_j + q_i · E[r]) / sqrt(D)
  load_block(tile, work, task.q, scale_of(task.shape), work.queries);
  qk_scores(tile, work, keys_with_table(task, work), work.queries, work.weights);
  // Pass 2. reference: a[i, :] = softmax of logit[i, :], not yet divided by the sum
  for (Index row = 0; row < tile.queries; ++row) {
    const Index query = tile.first_query + row;
    const Columns columns = tile.keys_of(row);
    clear_outside(tile, row, work.weights);
    if (columns.empty()) continue;
    float* const logits = work.weights.by_key(row, 0);
    const float before = work.largest[query];
    const float now = std::max(before, largest_logit(logits, columns));
    const float correction = std::exp(before - now);
    const RowDropout dropout(task.dropout, task.dropout.row_key(task.unit, query));
    work.largest[query] = now;
    work.exponentials[query] *= correction;
    work.exponentials[query] += softmax_row<kDrop>(logits, columns, now, tile.first_key, dropout);
    for (Index c = 0; c < D; ++c) out[query][c] *= correction;
  }
  // Pass 3. reference: out_i = sum over j of a[i, j] (v_j + EV[r])
  std::fill_n(work.sums, kTileQueries * W, 0.0F);
  weighted_sum_v(tile, work, values_with_table(task, work), work.weights);
  for (Index row = 0; row < tile.queries; ++row) {
    for (Index c = 0; c < D; ++c) out[tile.first_query + row][c] += work.sums[row * W + c];
  }
}

template <bool kDrop>
void forward_task(const HeadTask& task, const Workspace& work, Rows out, float* row_log_sum) {
  const Index D = task.shape.head_width;
  for (Index query = task.first_query; query < task.end_query; ++query) {
    work.largest[query] = std::numeric_limits<float>::lowest();
    work.exponentials[query] = 0;
    std::fill_n(out[query], D, 0.0F);
  }
  for_each_tile(task, [&](const Tile& tile) { forward_tile<kDrop>(task, work, tile, out); });
  // reference: weights[j] /= sum, and the factor of dropout
  const auto kept_factor = static_cast<float>(task.dropout.kept_factor());
  for (Index query = task.first_query; query < task.end_query; ++query) {
    const float factor = kept_factor / work.exponentials[query];
    for (Index c = 0; c < D; ++c) out[query][c] *= factor;
    row_log_sum[query] = work.largest[query] + std::log(work.exponentials[query]);
  }
}

// Adds a tile to the gradients. The sum over j of a[i, j] da[i, j] is g · out_i.
template <bool kDrop>
void backward_tile(const HeadTask& task, const Workspace& work, const Tile& tile,
                   const HeadOutput& output, Rows q_gradient) {
  const Index D = work.head_width, W = work.width;
  const float scale = scale_of(task.shape);
  const auto keys = keys_with_table(task, work), values = values_with_table(task, work);
  // Pass 1. reference: logit[i, j] = (q_i · k_j + q_i · E[r]) / sqrt(D), as in the forward pass
  load_block(tile, work, task.q, scale, work.queries);
  load_block(tile, work, output.out_gradient, static_cast<float>(task.dropout.kept_factor()),
             work.out_gradients);
  qk_scores(tile, work, keys, work.queries, work.weights);
  // Pass 2. reference: da[i, j] = f[i, j] g · (v_j + EV[r]); dropped weights become 0 in pass 3
  qk_scores(tile, work, values, work.out_gradients, work.gradients);
  // Pass 3. reference: dlogit[i, j] = a[i, j] (da[i, j] - sum over m of a[i, m] da[i, m])
  for (Index row = 0; row < tile.queries; ++row) {
    const Index query = tile.first_query + row;
    const Columns columns = tile.keys_of(row);
    clear_outside(tile, row, work.weights);
    clear_outside(tile, row, work.gradients);
    if (columns.empty()) continue;
    const RowDropout dropout(task.dropout, task.dropout.row_key(task.unit, query));
    const float mean = dot(output.out_gradient[query], output.out[query], D);
    softmax_row_backward<kDrop>({.logits = work.weights.by_key(row, 0),
                                 .gradient = work.gradients.by_key(row, 0),
                                 .columns = columns,
                                 .log_sum = output.row_log_sum[query],
                                 .mean = mean,
                                 .first_key = tile.first_key},
                                dropout);
  }
  // Pass 4. reference: add(row_of(gradient.v, j, D), a[j] * factor, g)
  add_key_gradients(tile, work, values, work.out_gradients, work.weights);
  // Pass 5. reference: add(row_of(gradient.k, j, D), dlogit, row_of(head.q, i, D))
  add_key_gradients(tile, work, keys, work.queries, work.gradients);
  // Pass 6. reference: add(row_of(gradient.q, i, D), dlogit, row_of(head.k, j, D))
  std::fill_n(work.sums, kTileQueries * W, 0.0F);
  weighted_sum_v(tile, work, keys, work.gradients);
  for (Index row = 0; row < tile.queries; ++row) {
    float* const to = q_gradient[tile.first_query + row];
    for (Index c = 0; c < D; ++c) to[c] += scale * work.sums[row * W + c];
  }
}

template <bool kDrop>
void backward_task(const HeadTask& task, const Workspace& work, const HeadOutput& output,
                   Rows q_gradient) {
  for (Index query = task.first_query; query < task.end_query; ++query) {
    std::fill_n(q_gradient[query], task.shape.head_width, 0.0F);
  }
  for_each_tile(
      task, [&](const Tile& tile) { backward_tile<kDrop>(task, work, tile, output, q_gradient); });
}

std::size_t scratch_floats_here(const HeadShape& shape, AttentionPass pass) {
  return static_cast<std::size_t>(Workspace(shape, pass, /*memory=*/nullptr).used);
}

void forward_here(const HeadTask& task, float* scratch, Rows out, float* row_log_sum) {
  const Workspace work(task.shape, AttentionPass::forward, scratch);
  pack_head(task, work);
  task.dropout.drops_any() ? forward_task<true>(task, work, out, row_log_sum)
                           : forward_task<false>(task, work, out, row_log_sum);
}

void backward_here(const HeadTask& task, const HeadOutput& output, float* scratch,
                   const HeadGradients& gradients) {
  const Workspace work(task.shape, AttentionPass::backward, scratch);
  pack_head(task, work);
  task.dropout.drops_any() ? backward_task<true>(task, work, output, gradients.q)
                           : backward_task<false>(task, work, output, gradients.q);
}

void add_gradients_here(const HeadTask& task, float* scratch, const HeadGradients& gradients) {
  const Workspace work(task.shape, AttentionPass::backward, scratch);
  const auto& shape = task.shape;
  for (Index key = keys_of_task(task).begin; key < task.end_query; ++key) {
    work.keys.add_gradient_to(gradients.k[key], key, shape.head_width, work.width);
    work.values.add_gradient_to(gradients.v[key], key, shape.head_width, work.width);
  }
  for (Index c = 0; c < shape.band_columns(); ++c) {
    const Index distance = shape.band_columns() - 1 - c;
    if (shape.has_relative_keys) {
      work.key_band.add_gradient_to(gradients.key_table[distance], c, shape.head_width, work.width);
    }
    if (shape.has_relative_values) {
      work.value_band.add_gradient_to(gradients.value_table[distance], c, shape.head_width,
                                      work.width);
    }
  }
}

}  // namespace pno::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pno::train {

HWY_EXPORT(scratch_floats_here);
HWY_EXPORT(forward_here);
HWY_EXPORT(backward_here);
HWY_EXPORT(add_gradients_here);

std::size_t forward_scratch_floats(const HeadShape& shape) {
  return HWY_DYNAMIC_DISPATCH(scratch_floats_here)(shape, AttentionPass::forward);
}

std::size_t backward_scratch_floats(const HeadShape& shape) {
  return HWY_DYNAMIC_DISPATCH(scratch_floats_here)(shape, AttentionPass::backward);
}

void attend_forward(const HeadTask& task, float* scratch, Rows out, float* row_log_sum) {
  HWY_DYNAMIC_DISPATCH(forward_here)(task, scratch, out, row_log_sum);
}

void attend_backward(const HeadTask& task, const HeadOutput& output, float* scratch,
                     const HeadGradients& gradients) {
  HWY_DYNAMIC_DISPATCH(backward_here)(task, output, scratch, gradients);
}

void add_gradients(const HeadTask& task, float* scratch, const HeadGradients& gradients) {
  HWY_DYNAMIC_DISPATCH(add_gradients_here)(task, scratch, gradients);
}

}  // namespace pno::train
#endif  // HWY_ONCE
