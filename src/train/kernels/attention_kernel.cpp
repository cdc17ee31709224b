#include "train/kernels/attention_kernel.h"

#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/kernels/attention_kernel.cpp"
#include <hwy/foreach_target.h>
// Highway's own order: foreach_target.h comes before what it repeats.
#include <hwy/highway.h>

#include "train/kernels/attention_product-inl.h"
#include "train/kernels/attention_softmax-inl.h"
#include "train/kernels/attention_workspace-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pno::train::HWY_NAMESPACE {

float dot(const float* a, const float* b, Index size) {
  float sum = 0;
  for (Index i = 0; i < size; ++i) sum += a[i] * b[i];
  return sum;
}

// Calls work(tile) for all that the task's queries see, keys by keys: those of a tile, and all that
// is kept of them, stay in the second-level cache while the queries pass.
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

// Calls work(column, x, begin_row, end_row) for every panel of the band that the tile meets: its
// first column in the band and by distance, and the rows that see some of it.
template <class Work>
void for_each_band_panel(const Tile& tile, const Work& work) {
  if (!tile.meets_band()) return;
  const Index shift = tile.band_shift();
  const Columns met = intersection(tile.distances_of(0, tile.queries - 1), tile.band());
  for (Index c = (met.begin + shift) / kPanel * kPanel; c < met.end + shift; c += kPanel) {
    const Index x = c - shift;
    work(c, x, tile.first_row_of_distance(x + kPanel), tile.end_row_of_distance(x));
  }
}

// The columns by distance of a row that lie beyond the band.
Columns beyond_band(const Tile& tile, Index row) {
  return intersection(tile.distances_of(row), {-kTileQueries - kTileKeys, tile.band().begin});
}

// strip = block · (keys + band)^T, by distance and by key; where the keys lie beyond the band,
// block · far, a row of the table, or nothing.
void multiply_keys(const Tile& tile, const Workspace& work, const float* block, Index head_width,
                   const Packed& keys, const Packed& band, const float* far, const Strip& strip) {
  bool is_begun = false;
  if (band.panels != nullptr && tile.meets_band()) {
    for_each_band_panel(tile, [&](Index c, Index x, Index begin_row, Index end_row) {
      multiply(block, work.width, begin_row, end_row, band.panels + c * work.width, head_width,
               false, strip.by_distance(0, x), Strip::kStride + 1);
    });
    is_begun = true;
  }
  if (band.panels != nullptr && tile.goes_beyond_band() && (is_begun || far != nullptr)) {
    for (Index row = 0; row < tile.queries; ++row) {
      const float logit = far == nullptr ? 0.0F : dot(block + row * work.width, far, head_width);
      const Columns beyond = beyond_band(tile, row);
      for (Index x = beyond.begin; x < beyond.end; ++x) *strip.by_distance(row, x) = logit;
    }
    is_begun = true;
  }
  const Columns columns = tile.keys_of(tile.queries - 1);
  for (Index t = columns.begin / kPanel * kPanel; t < columns.end; t += kPanel) {
    multiply(block, work.width, tile.first_row_of_key(t), tile.queries,
             keys.panels + (tile.first_key + t) * work.width, head_width, is_begun,
             strip.by_key(0, t), Strip::kStride);
  }
}

// Zeros where a row of the strip holds no key of the tile: products read whole panels.
void clear_outside(const Tile& tile, Index row, const Strip& strip) {
  const Columns seen = tile.distances_of(row);
  float* const begin = strip.by_distance(row, -kMaxPanel);
  float* const end = begin + Strip::kDistances;
  if (seen.empty()) return std::fill(begin, end, 0.0F);
  std::fill(begin, strip.by_distance(row, seen.begin), 0.0F);
  std::fill(strip.by_distance(row, seen.end), end, 0.0F);
}

float weight_beyond_band(const Tile& tile, Index row, const Strip& strip) {
  const Columns beyond = beyond_band(tile, row);
  float sum = 0;
  for (Index x = beyond.begin; x < beyond.end; ++x) sum += *strip.by_distance(row, x);
  return sum;
}

// sums += strip · (keys + band), the transpose of multiply_keys().
void mix_keys(const Tile& tile, const Workspace& work, const Strip& strip, Index head_width,
              const Packed& keys, const Packed& band, const float* far) {
  mix(
      tile.queries, [&](Index row) { return tile.keys_of(row, row + kTileRows - 1); },
      [&](Index row) { return strip.by_key(row, 0); }, Strip::kStride, keys.rows, tile.first_key,
      work.width, work.sums);
  if (band.rows == nullptr) return;
  if (tile.meets_band()) {
    mix(
        tile.queries,
        [&](Index row) {
          return intersection(tile.distances_of(row, row + kTileRows - 1), tile.band());
        },
        [&](Index row) { return strip.by_distance(row, 0); }, Strip::kStride + 1, band.rows,
        tile.band_shift(), work.width, work.sums);
  }
  if (far == nullptr || !tile.goes_beyond_band()) return;
  for (Index row = 0; row < tile.queries; ++row) {
    const float weight = weight_beyond_band(tile, row, strip);
    for (Index c = 0; c < head_width; ++c) work.sums[row * work.width + c] += weight * far[c];
  }
}

// keys.gradient += strip^T · block by key, and band.gradient the same by distance.
void add_key_gradients(const Tile& tile, const Workspace& work, const Strip& strip,
                       const float* block, const Packed& keys, const Packed& band, bool clipped) {
  const Columns columns = tile.keys_of(tile.queries - 1);
  for (Index t = columns.begin / kPanel * kPanel; t < columns.end; t += kPanel) {
    transpose(block, work.width, tile.first_row_of_key(t), tile.queries, strip.by_key(0, t),
              Strip::kStride, keys.gradient + (tile.first_key + t) * work.width);
  }
  if (band.gradient == nullptr) return;
  for_each_band_panel(tile, [&](Index c, Index x, Index begin_row, Index end_row) {
    transpose(block, work.width, begin_row, end_row, strip.by_distance(0, x), Strip::kStride + 1,
              band.gradient + c * work.width);
  });
  if (!clipped || !tile.goes_beyond_band()) return;
  for (Index row = 0; row < tile.queries; ++row) {  // they share column 0
    const float weight = weight_beyond_band(tile, row, strip);
    for (Index c = 0; c < work.width; ++c) {
      band.gradient[c * kPanel] += weight * block[row * work.width + c];
    }
  }
}

float scale_of(const HeadShape& shape) {
  return 1 / std::sqrt(static_cast<float>(shape.head_width));
}

// The last row of a table, for the distances beyond it.
const float* far_row(const HeadShape& shape, ConstRows table) {
  return shape.clipped && table.data != nullptr ? table[shape.table_rows - 1] : nullptr;
}

// A tile's share of the outputs, which are in proportion to e^-largest until a greater logit turns
// up (Milakov and Gimelshein 2018, "Online normalizer calculation for softmax").
template <bool kDrop>
void forward_tile(const HeadTask& task, const Workspace& work, const Tile& tile, Rows out) {
  const auto& shape = task.shape;
  const Index D = shape.head_width, W = work.width;
  load_block(task.q, tile.first_query, tile.queries, D, W, scale_of(shape), work.queries);
  multiply_keys(tile, work, work.queries, D, work.keys, work.key_band,
                far_row(shape, task.key_table), work.weights);
  for (Index row = 0; row < tile.queries; ++row) {
    const Index query = tile.first_query + row;
    const Columns columns = tile.keys_of(row);
    clear_outside(tile, row, work.weights);
    if (columns.empty()) continue;
    float* const logits = work.weights.by_key(row, 0);
    const float before = work.largest[query];
    const float now = std::max(before, greatest(logits, columns));
    const float correction = std::exp(before - now);
    const RowDropout dropout(task.dropout, task.dropout.row_key(task.unit, query));
    work.largest[query] = now;
    work.exponentials[query] *= correction;
    work.exponentials[query] += exponentials<kDrop>(logits, columns, now, tile.first_key, dropout);
    for (Index c = 0; c < D; ++c) out[query][c] *= correction;
  }
  std::fill_n(work.sums, kTileQueries * W, 0.0F);
  mix_keys(tile, work, work.weights, D, work.values, work.value_band,
           far_row(shape, task.value_table));
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
  const auto kept_factor = static_cast<float>(task.dropout.kept_factor());
  for (Index query = task.first_query; query < task.end_query; ++query) {
    const float factor = kept_factor / work.exponentials[query];
    for (Index c = 0; c < D; ++c) out[query][c] *= factor;
    row_log_sum[query] = work.largest[query] + std::log(work.exponentials[query]);
  }
}

// With g the gradient of an output row and f the factor of the weights that dropout keeps:
//   dP = f g · (v_j + value_table[i - j])        0 where dropped
//   dlogit = P (dP - mean), where mean, the sum of P dP over the row, is g · out
template <bool kDrop>
void backward_tile(const HeadTask& task, const Workspace& work, const Tile& tile,
                   const HeadOutput& output, Rows q_gradient) {
  const auto& shape = task.shape;
  const Index D = shape.head_width, W = work.width;
  const float scale = scale_of(shape);
  load_block(task.q, tile.first_query, tile.queries, D, W, scale, work.queries);
  load_block(output.out_gradient, tile.first_query, tile.queries, D, W,
             static_cast<float>(task.dropout.kept_factor()), work.out_gradients);
  multiply_keys(tile, work, work.queries, D, work.keys, work.key_band,
                far_row(shape, task.key_table), work.weights);
  multiply_keys(tile, work, work.out_gradients, D, work.values, work.value_band,
                far_row(shape, task.value_table), work.gradients);
  for (Index row = 0; row < tile.queries; ++row) {
    const Index query = tile.first_query + row;
    const Columns columns = tile.keys_of(row);
    clear_outside(tile, row, work.weights);
    clear_outside(tile, row, work.gradients);
    if (columns.empty()) continue;
    const RowDropout dropout(task.dropout, task.dropout.row_key(task.unit, query));
    const float mean = dot(output.out_gradient[query], output.out[query], D);
    logit_gradients<kDrop>(work.weights.by_key(row, 0), work.gradients.by_key(row, 0), columns,
                           output.row_log_sum[query], mean, tile.first_key, dropout);
  }
  add_key_gradients(tile, work, work.weights, work.out_gradients, work.values, work.value_band,
                    shape.clipped);
  add_key_gradients(tile, work, work.gradients, work.queries, work.keys, work.key_band,
                    shape.clipped);
  std::fill_n(work.sums, kTileQueries * W, 0.0F);
  mix_keys(tile, work, work.gradients, D, work.keys, work.key_band, far_row(shape, task.key_table));
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

std::size_t scratch_floats_here(const HeadShape& shape, bool backward) {
  return static_cast<std::size_t>(Workspace(shape, backward, nullptr).used);
}

void forward_here(const HeadTask& task, float* scratch, Rows out, float* row_log_sum) {
  const Workspace work(task.shape, false, scratch);
  pack(task, work);
  task.dropout.drops_any() ? forward_task<true>(task, work, out, row_log_sum)
                           : forward_task<false>(task, work, out, row_log_sum);
}

void backward_here(const HeadTask& task, const HeadOutput& output, float* scratch,
                   const HeadGradients& gradients) {
  const Workspace work(task.shape, true, scratch);
  pack(task, work);
  task.dropout.drops_any() ? backward_task<true>(task, work, output, gradients.q)
                           : backward_task<false>(task, work, output, gradients.q);
}

void add_gradients_here(const HeadTask& task, float* scratch, const HeadGradients& gradients) {
  const Workspace work(task.shape, true, scratch);
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
  return HWY_DYNAMIC_DISPATCH(scratch_floats_here)(shape, false);
}

std::size_t backward_scratch_floats(const HeadShape& shape) {
  return HWY_DYNAMIC_DISPATCH(scratch_floats_here)(shape, true);
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
