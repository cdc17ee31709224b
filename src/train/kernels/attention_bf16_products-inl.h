// The products of attention_tile_products-inl.h with operands rounded to bf16 and float32 sums. The
// strips are float32; a product packs the part of its strip that it reads. Packing clears what lies
// outside the matrix, and clear_outside() what lies outside the tile's keys, so products read whole
// panels and whole steps of the depth.
//
// D head width, W head width in memory

#if defined(PNO_TRAIN_ATTENTION_BF16_PRODUCTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PNO_TRAIN_ATTENTION_BF16_PRODUCTS_INL_H_
#undef PNO_TRAIN_ATTENTION_BF16_PRODUCTS_INL_H_
#else
#define PNO_TRAIN_ATTENTION_BF16_PRODUCTS_INL_H_
#endif

#include <algorithm>

#include "simd/bf16_matrix.h"
#include "train/kernels/attention_tile.h"
#include "train/kernels/attention_workspace-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pno::train::HWY_NAMESPACE {

using simd::kBf16Depth;
using simd::kBf16Panel;

// Queries of a group: the left operand of a weighted sum.
constexpr Index kGroupRows = 32;
static_assert(kTileQueries % kGroupRows == 0 && kKeyAlignment % kBf16Panel == 0 &&
              kMaxPanel >= kBf16Panel);

constexpr Index rounded_down(Index x, Index to) {
  return x / to * to;
}

// Calls work(begin, end, rows) for the longest runs of panels that have the same rows, among the
// columns [begin, end). `rows_of` gives the rows that see a panel.
template <class RowsOf, class Work>
void for_each_run(Columns columns, const RowsOf& rows_of, const Work& work) {
  for (Index begin = columns.begin; begin < columns.end;) {
    const Columns rows = rows_of(begin);
    Index end = begin + kBf16Panel;
    while (end < columns.end) {
      const Columns next = rows_of(end);
      if (next.begin != rows.begin || next.end != rows.end) break;
      end += kBf16Panel;
    }
    if (!rows.empty()) work(begin, end, rows);
    begin = end;
  }
}

// Whole panels with the keys of the tile, by key.
HWY_INLINE Columns panels_by_key(const Tile& tile) {
  const Columns seen = tile.keys_of(tile.queries - 1);
  return {rounded_down(seen.begin, kBf16Panel), rounded_up(seen.end, kBf16Panel)};
}
// Whole panels of the band with the distances of the tile, as columns of the band.
HWY_INLINE Columns panels_of_band(const Tile& tile) {
  const Columns met = intersection(tile.distances_of(0, tile.queries - 1), tile.band());
  const Index shift = tile.band_shift();
  return {rounded_down(met.begin + shift, kBf16Panel), rounded_up(met.end + shift, kBf16Panel)};
}
// Rows that see some of the panel at a column of the band, outwards to multiples of `alignment`.
HWY_INLINE Columns rows_of_band_panel(const Tile& tile, Index column, Index alignment) {
  const Index x = column - tile.band_shift();
  return {rounded_down(tile.first_row_of_distance(x + kBf16Panel), alignment),
          rounded_up(tile.end_row_of_distance(x), alignment)};
}

// The rows of a strip that a product reads or writes, with element (row, column 0) at `data` +
// row · stride.
struct StripView {
  float* data;
  Index stride;
};
HWY_INLINE StripView view_by_key(const Strip& strip) {
  return {strip.by_key(0, 0), Strip::kStride};
}
// Columns of the band.
HWY_INLINE StripView view_by_band(const Tile& tile, const Strip& strip) {
  return {strip.by_distance(0, -tile.band_shift()), Strip::kStride + 1};
}

// reference: logit[i, j] = q_i · k_j, or += for the second product of the two
HWY_INLINE void scores_bf16(const Workspace& work, const Block& queries, const simd::Bf16* panels,
                            StripView strip, Columns columns, Columns rows, bool accumulate) {
  const Index stride = simd::bf16_stride(work.width);
  simd::multiply_bf16({.left = queries.left + rows.begin * stride,
                       .left_stride = stride,
                       .right = panels,
                       .right_stride = work.width * kBf16Panel,
                       .rows = rows.end - rows.begin,
                       .depth = work.width,
                       .columns = columns.end - columns.begin,
                       .sums = strip.data + rows.begin * strip.stride + columns.begin,
                       .sums_stride = strip.stride,
                       .accumulate = accumulate});
}

constexpr Index kScoreRows = 16;  // rows are computed in groups of it

HWY_INLINE void qk_scores_of_band_bf16(const Tile& tile, const Workspace& work, const Packed& band,
                                       const Block& queries, const Strip& strip) {
  for_each_run(
      panels_of_band(tile),
      [&](Index column) { return rows_of_band_panel(tile, column, kScoreRows); },
      [&](Index begin, Index end, Columns rows) {
        scores_bf16(work, queries, band.panels_bf16 + begin * work.width, view_by_band(tile, strip),
                    {begin, end}, rows, /*accumulate=*/false);
      });
}

// `first_key` is the key of column 0 of `keys`.
HWY_INLINE void qk_scores_of_keys_bf16(const Tile& tile, const Workspace& work, const Packed& keys,
                                       Index first_key, const Block& queries, const Strip& strip,
                                       bool accumulate) {
  for_each_run(
      panels_by_key(tile),
      [&](Index t) {
        return Columns{rounded_down(tile.first_row_of_key(t), kScoreRows),
                       rounded_up(tile.queries, kScoreRows)};
      },
      [&](Index begin, Index end, Columns rows) {
        const Index column = tile.first_key - first_key + begin;
        scores_bf16(work, queries, keys.panels_bf16 + column * work.width, view_by_key(strip),
                    {begin, end}, rows, accumulate);
      });
}

// Rounds the part of the strip that weighted sums read.
HWY_INLINE void round_strip(const Tile& tile, const Workspace& work, const Strip& strip) {
  const Index seen = tile.keys_of(tile.queries - 1).end;
  const Index floats = std::min(Strip::kStride, Strip::kMargin + seen + 2 * kBf16Panel);
  simd::pack_left_bf16({strip.data, Strip::kStride, tile.queries, floats}, work.strip_left,
                       kStripStride);
}

// work.sums += weights · rows of the keys or the band. `rows` has `depth` columns; column c of the
// weights belongs to its column c + shift. Columns of a group are multiples of kBf16Depth in
// `rows`.
struct WeightedSumBf16 {
  const simd::Bf16* rows;
  Index depth, shift;
  Index weight_stride;
};
template <class ColumnsOf, class Weights>
HWY_INLINE void add_weighted_sum_bf16(const Tile& tile, const Workspace& work,
                                      const WeightedSumBf16& sum, const ColumnsOf& columns_of,
                                      const Weights& weights) {
  for (Index row = 0; row < tile.queries; row += kGroupRows) {
    const Columns seen = columns_of(row, row + kGroupRows - 1);
    if (seen.empty()) continue;
    const Columns rows = {rounded_down(seen.begin + sum.shift, kBf16Depth),
                          rounded_up(seen.end + sum.shift, kBf16Depth)};
    simd::multiply_bf16({.left = weights(row, rows.begin - sum.shift),
                         .left_stride = sum.weight_stride,
                         .right = sum.rows + rows.begin * kBf16Panel,
                         .right_stride = sum.depth * kBf16Panel,
                         .rows = std::min(kGroupRows, tile.queries - row),
                         .depth = rows.end - rows.begin,
                         .columns = work.head_width,
                         .sums = work.sums + row * work.width,
                         .sums_stride = work.width,
                         .accumulate = true});
  }
}

// reference: out_i = sum over j of a[i, j] v_j
HWY_INLINE void weighted_sum_of_keys_bf16(const Tile& tile, const Workspace& work,
                                          const Packed& keys, Index first_key, Index depth) {
  add_weighted_sum_bf16(
      tile, work,
      {.rows = keys.rows_bf16,
       .depth = depth,
       .shift = tile.first_key - first_key,
       .weight_stride = kStripStride},
      [&](Index first, Index last) { return tile.keys_of(first, last); },
      [&](Index row, Index t) {
        return work.strip_left + row * kStripStride + Strip::kMargin + t;
      });
}
// reference: out_i = sum over j of a[i, j] EV[r]
HWY_INLINE void weighted_sum_of_band_bf16(const Tile& tile, const Workspace& work,
                                          const Packed& band) {
  add_weighted_sum_bf16(
      tile, work,
      {.rows = band.rows_bf16,
       .depth = simd::bf16_depth(tile.band_columns),
       .shift = tile.band_shift(),
       .weight_stride = kStripStride + 1},
      [&](Index first, Index last) {
        return intersection(tile.distances_of(first, last), tile.band());
      },
      [&](Index row, Index x) {
        return work.strip_left + row * kStripStride + Strip::kMargin + x - (kTileQueries - 1 - row);
      });
}

// gradient [D, columns] += queriesᵀ · strip, for runs of panels with the same rows.
template <class RowsOf>
HWY_INLINE void add_gradients_bf16(const Tile& tile, const Workspace& work, const Packed& packed,
                                   Index first_column, const Block& queries, StripView strip,
                                   Columns columns, const RowsOf& rows_of) {
  const Index depth = simd::bf16_depth(tile.queries);
  simd::pack_right_bf16(
      {strip.data + columns.begin, strip.stride, tile.queries, columns.end - columns.begin},
      work.strip_right);
  for_each_run(columns, rows_of, [&](Index begin, Index end, Columns rows) {
    const Index panel = (begin - columns.begin) / kBf16Panel;
    simd::multiply_bf16({.left = queries.transposed + rows.begin,
                         .left_stride = simd::bf16_stride(kTileQueries),
                         .right = work.strip_right + (panel * depth + rows.begin) * kBf16Panel,
                         .right_stride = depth * kBf16Panel,
                         .rows = work.head_width,
                         .depth = std::min(rows.end, depth) - rows.begin,
                         .columns = end - begin,
                         .sums = packed.gradient + first_column + begin,
                         .sums_stride = packed.gradient_stride,
                         .accumulate = true});
  });
}

// reference: add(row_of(gradient.k, j, D), dlogit, row_of(head.q, i, D))
HWY_INLINE void add_gradients_of_keys_bf16(const Tile& tile, const Workspace& work,
                                           const Packed& keys, const Block& queries,
                                           const Strip& strip) {
  add_gradients_bf16(tile, work, keys, tile.first_key, queries, view_by_key(strip),
                     panels_by_key(tile), [&](Index t) {
                       return Columns{rounded_down(tile.first_row_of_key(t), kBf16Depth),
                                      rounded_up(tile.queries, kBf16Depth)};
                     });
}
HWY_INLINE void add_gradients_of_band_bf16(const Tile& tile, const Workspace& work,
                                           const Packed& band, const Block& queries,
                                           const Strip& strip) {
  add_gradients_bf16(tile, work, band, /*first_column=*/0, queries, view_by_band(tile, strip),
                     panels_of_band(tile),
                     [&](Index column) { return rows_of_band_panel(tile, column, kBf16Depth); });
}

}  // namespace pno::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PNO_TRAIN_ATTENTION_BF16_PRODUCTS_INL_H_
