// The products of a tile of attention with its relative terms, once for each SIMD target: scores,
// weighted sums and gradients of keys, for keys and values alike. Each quotes the line of
// model/reference_attention.cpp that it computes.
//
// D head width, W head width in memory, R rows of a relative table

#if defined(PNO_TRAIN_ATTENTION_TILE_PRODUCTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PNO_TRAIN_ATTENTION_TILE_PRODUCTS_INL_H_
#undef PNO_TRAIN_ATTENTION_TILE_PRODUCTS_INL_H_
#else
#define PNO_TRAIN_ATTENTION_TILE_PRODUCTS_INL_H_
#endif

#include "train/kernels/attention_bf16_products-inl.h"
#include "train/kernels/attention_product-inl.h"
#include "train/kernels/attention_task.h"
#include "train/kernels/attention_tile.h"
#include "train/kernels/attention_workspace-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pno::train::HWY_NAMESPACE {

inline float dot(const float* a, const float* b, Index size) {
  float sum = 0;
  for (Index i = 0; i < size; ++i) sum += a[i] * b[i];
  return sum;
}

// Calls work(column, x, begin_row, end_row) for every panel of the band that the tile needs: the
// panel's first column in the band and by distance, and the rows that see some of it.
template <class Work>
HWY_INLINE void for_each_band_panel(const Tile& tile, const Work& work) {
  if (!tile.meets_band()) return;
  const Index shift = tile.band_shift();
  const Columns met = intersection(tile.distances_of(0, tile.queries - 1), tile.band());
  for (Index c = (met.begin + shift) / kPanel * kPanel; c < met.end + shift; c += kPanel) {
    const Index x = c - shift;
    work(c, x, tile.first_row_of_distance(x + kPanel), tile.end_row_of_distance(x));
  }
}

// Columns by distance of a row that are beyond the band.
HWY_INLINE Columns beyond_band(const Tile& tile, Index row) {
  return intersection(tile.distances_of(row), {-kTileQueries - kTileKeys, tile.band().begin});
}

// A head's keys with their table (k, E), or its values with theirs (v, EV).
struct KeysAndTable {
  const Packed& keys;
  const Packed& band;    // null pointers without a table
  const float* far_row;  // [D], the table's last row if it serves all distances beyond; else null
  Index first_key;       // of the operands in bf16
  Index depth;           // of the keys as rows in bf16
};

HWY_INLINE const float* far_row_of(const HeadShape& shape, ConstRows table) {
  return shape.clipped && table.data != nullptr ? table[shape.table_rows - 1] : nullptr;
}
HWY_INLINE KeysAndTable with_table(const HeadTask& task, const Packed& keys, const Packed& band,
                                   ConstRows table) {
  const Index first = keys_of_task(task).begin;
  return {keys, band, far_row_of(task.shape, table), first,
          simd::bf16_depth(task.end_query - first)};
}
HWY_INLINE KeysAndTable keys_with_table(const HeadTask& task, const Workspace& work) {
  return with_table(task, work.keys, work.key_band, task.key_table);
}
HWY_INLINE KeysAndTable values_with_table(const HeadTask& task, const Workspace& work) {
  return with_table(task, work.values, work.value_band, task.value_table);
}

// strip = queries · (keys + table)ᵀ for all keys of the tile.
// reference: logit[i, j] = (q_i · k_j + q_i · E[r]) / sqrt(D), where the queries are scaled already
// reference: da[i, j] = f[i, j] g · (v_j + EV[r]), with g for the queries, v and EV for the keys
inline void qk_scores(const Tile& tile, const Workspace& work, const KeysAndTable& of,
                      const Block& block, const Strip& strip) {
  const float* const queries = block.rows;
  bool accumulate = false;
  // Pass 1: q_i · E[r] for distances inside the band, by distance.
  if (of.band.has_panels() && tile.meets_band() && work.in_bf16) {
    qk_scores_of_band_bf16(tile, work, of.band, block, strip);
    accumulate = true;
  } else if (of.band.has_panels() && tile.meets_band()) {
    for_each_band_panel(tile, [&](Index c, Index x, Index begin_row, Index end_row) {
      qk_scores_panel({.queries = queries,
                       .query_stride = work.width,
                       .scores = strip.by_distance(0, x),
                       .score_stride = Strip::kStride + 1,
                       .begin_row = begin_row,
                       .end_row = end_row},
                      of.band.panels + c * work.width, work.head_width, /*accumulate=*/false);
    });
    accumulate = true;
  }
  // Pass 2: distances beyond the band: q_i · E[R - 1] if clipped, else 0.
  if (of.band.has_panels() && tile.goes_beyond_band() && (accumulate || of.far_row != nullptr)) {
    for (Index row = 0; row < tile.queries; ++row) {
      const float score = of.far_row == nullptr
                              ? 0.0F
                              : dot(queries + row * work.width, of.far_row, work.head_width);
      const Columns beyond = beyond_band(tile, row);
      for (Index x = beyond.begin; x < beyond.end; ++x) *strip.by_distance(row, x) = score;
    }
    accumulate = true;
  }
  // Pass 3: q_i · k_j, by key.
  if (work.in_bf16) {
    return qk_scores_of_keys_bf16(tile, work, of.keys, of.first_key, block, strip, accumulate);
  }
  const Columns columns = tile.keys_of(tile.queries - 1);
  for (Index t = columns.begin / kPanel * kPanel; t < columns.end; t += kPanel) {
    qk_scores_panel({.queries = queries,
                     .query_stride = work.width,
                     .scores = strip.by_key(0, t),
                     .score_stride = Strip::kStride,
                     .begin_row = tile.first_row_of_key(t),
                     .end_row = tile.queries},
                    of.keys.panels + (tile.first_key + t) * work.width, work.head_width,
                    accumulate);
  }
}

// Sum of the row's weights at distances beyond the band.
HWY_INLINE float weight_beyond_band(const Tile& tile, Index row, const Strip& strip) {
  const Columns beyond = beyond_band(tile, row);
  float sum = 0;
  for (Index x = beyond.begin; x < beyond.end; ++x) sum += *strip.by_distance(row, x);
  return sum;
}

// work.sums += strip · (values + table), the weighted sum of the tile's values.
// reference: out_i = sum over j of a[i, j] (v_j + EV[r])
// reference: add(row_of(gradient.q, i, D), dlogit, row_of(head.k, j, D)), with k, E for v, EV
inline void weighted_sum_v(const Tile& tile, const Workspace& work, const KeysAndTable& of,
                           const Strip& strip) {
  // Pass 1: a[i, j] v_j, by key.
  if (work.in_bf16) {
    round_strip(tile, work, strip);
    weighted_sum_of_keys_bf16(tile, work, of.keys, of.first_key, of.depth);
  } else {
    add_weighted_sum(
        {.row_count = tile.queries,
         .weight_stride = Strip::kStride,
         .values = of.keys.rows,
         .shift = tile.first_key,
         .width = work.width,
         .outputs = work.sums},
        [&](Index row) { return tile.keys_of(row, row + kTileRows - 1); },
        [&](Index row) { return strip.by_key(row, 0); });
  }
  if (!of.band.has_rows()) return;
  // Pass 2: a[i, j] EV[r] for distances inside the band, by distance.
  if (tile.meets_band() && work.in_bf16) {
    weighted_sum_of_band_bf16(tile, work, of.band);
  } else if (tile.meets_band()) {
    add_weighted_sum(
        {.row_count = tile.queries,
         .weight_stride = Strip::kStride + 1,
         .values = of.band.rows,
         .shift = tile.band_shift(),
         .width = work.width,
         .outputs = work.sums},
        [&](Index row) {
          return intersection(tile.distances_of(row, row + kTileRows - 1), tile.band());
        },
        [&](Index row) { return strip.by_distance(row, 0); });
  }
  // Pass 3: a[i, j] EV[R - 1] for distances beyond the band, if clipped.
  if (of.far_row == nullptr || !tile.goes_beyond_band()) return;
  for (Index row = 0; row < tile.queries; ++row) {
    const float weight = weight_beyond_band(tile, row, strip);
    float* const sum = work.sums + row * work.width;
    for (Index c = 0; c < work.head_width; ++c) sum[c] += weight * of.far_row[c];
  }
}

// Gradients of keys and table += stripᵀ · queries.
// reference: add(row_of(gradient.k, j, D), dlogit, row_of(head.q, i, D))
// reference: add(row_of(gradient.v, j, D), a[j] * factor, g)
inline void add_key_gradients(const Tile& tile, const Workspace& work, const KeysAndTable& of,
                              const Block& block, const Strip& strip) {
  const float* const queries = block.rows;
  // Pass 1: the keys, by key.
  const Columns columns = tile.keys_of(tile.queries - 1);
  if (work.in_bf16) add_gradients_of_keys_bf16(tile, work, of.keys, block, strip);
  for (Index t = columns.begin / kPanel * kPanel; !work.in_bf16 && t < columns.end; t += kPanel) {
    add_key_gradient_panel({.queries = queries,
                            .query_stride = work.width,
                            .scores = strip.by_key(0, t),
                            .score_stride = Strip::kStride,
                            .begin_row = tile.first_row_of_key(t),
                            .end_row = tile.queries},
                           of.keys.gradient + (tile.first_key + t) * work.width);
  }
  if (of.band.gradient == nullptr) return;
  // Pass 2: the table, by distance.
  if (work.in_bf16 && tile.meets_band()) {
    add_gradients_of_band_bf16(tile, work, of.band, block, strip);
  }
  for_each_band_panel(tile, [&](Index c, Index x, Index begin_row, Index end_row) {
    if (work.in_bf16) return;
    add_key_gradient_panel({.queries = queries,
                            .query_stride = work.width,
                            .scores = strip.by_distance(0, x),
                            .score_stride = Strip::kStride + 1,
                            .begin_row = begin_row,
                            .end_row = end_row},
                           of.band.gradient + c * work.width);
  });
  // Pass 3: the table's last row, column 0 of the band, serves all distances beyond, if clipped.
  if (of.far_row == nullptr || !tile.goes_beyond_band()) return;
  for (Index row = 0; row < tile.queries; ++row) {
    const float weight = weight_beyond_band(tile, row, strip);
    const Index stride = work.in_bf16 ? of.band.gradient_stride : kPanel;
    for (Index c = 0; c < work.width; ++c) {
      of.band.gradient[c * stride] += weight * queries[row * work.width + c];
    }
  }
}

}  // namespace pno::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PNO_TRAIN_ATTENTION_TILE_PRODUCTS_INL_H_
