// The three products of a tile, in vectors: what attention_kernel.cpp is built of, once for each
// SIMD target. All three are the micro-kernel of multiply_tile-inl.h, and differ in what lies along
// the vectors:
//
//   multiply  logits  [n, P] (+)= queries [n, D] · panel of keys [D, P]            keys
//   transpose panel of gradients [D, P] += queries [n, D]^T · weights [n, P]       keys
//   mix       outputs [n, D] += weights [n, m] · rows of keys [m, D]               channels
//
// n queries, m keys, D head width (in memory rounded up to kWidthAlignment), P a panel's columns

// Highway's way to include a file once for each target.
#if defined(PNO_TRAIN_ATTENTION_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PNO_TRAIN_ATTENTION_PRODUCT_INL_H_
#undef PNO_TRAIN_ATTENTION_PRODUCT_INL_H_
#else
#define PNO_TRAIN_ATTENTION_PRODUCT_INL_H_
#endif

#include <hwy/highway.h>

#include "simd/multiply_tile-inl.h"
#include "train/kernels/attention_tile.h"

HWY_BEFORE_NAMESPACE();
namespace pno::train::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using simd::HWY_NAMESPACE::kLanes;
using simd::HWY_NAMESPACE::kPanel;
using simd::HWY_NAMESPACE::kPanelVectors;
using simd::HWY_NAMESPACE::kTileRows;
using simd::HWY_NAMESPACE::multiply_tile;
using simd::HWY_NAMESPACE::rounded_up;
using simd::HWY_NAMESPACE::StridedMatrix;
using simd::HWY_NAMESPACE::Wide;

using Half = hn::CappedTag<float, 8>;

static_assert(kKeyAlignment % kPanel == 0 && kTileQueries % kTileRows == 0);

constexpr Index kWidthAlignment = 8;

// logits [begin_row … end_row, P] = or += queries [.., D] · panel [D, P], in whole groups of rows.
HWY_INLINE void multiply(const float* queries, Index query_stride, Index begin_row, Index end_row,
                         const float* panel, Index D, bool accumulate, float* logits,
                         Index logit_stride) {
  for (Index row = begin_row / kTileRows * kTileRows; row < end_row; row += kTileRows) {
    multiply_tile<kTileRows, kPanelVectors>(Wide(), {queries + row * query_stride, query_stride, 1},
                                            panel, kPanel, D, accumulate,
                                            logits + row * logit_stride, logit_stride);
  }
}

// panel [D, P] += queries [begin_row … end_row, D]^T · weights [.., P]; D rounded up.
HWY_INLINE void transpose(const float* queries, Index query_stride, Index begin_row, Index end_row,
                          const float* weights, Index weight_stride, float* panel) {
  if (begin_row >= end_row) return;
  for (Index channel = 0; channel < query_stride; channel += kTileRows) {
    multiply_tile<kTileRows, kPanelVectors>(
        Wide(), {queries + begin_row * query_stride + channel, 1, query_stride},
        weights + begin_row * weight_stride, weight_stride, end_row - begin_row, true,
        panel + channel * kPanel, kPanel);
  }
}

// A group of rows of mix(): output [kTileRows, D] += weights [kTileRows, depth] · rows [depth, D]
HWY_INLINE void mix_group(const float* weights, Index weight_stride, const float* rows, Index depth,
                          Index width, float* output) {
  const StridedMatrix a{weights, weight_stride, 1};
  Index channel = 0;
  for (; channel + kPanel <= width && width - channel != 4 * kLanes; channel += kPanel) {
    multiply_tile<kTileRows, 3>(Wide(), a, rows + channel, width, depth, true, output + channel,
                                width);
  }
  for (; channel + 2 * kLanes <= width; channel += 2 * kLanes) {
    multiply_tile<kTileRows, 2>(Wide(), a, rows + channel, width, depth, true, output + channel,
                                width);
  }
  for (; channel + kLanes <= width; channel += kLanes) {
    multiply_tile<kTileRows, 1>(Wide(), a, rows + channel, width, depth, true, output + channel,
                                width);
  }
  if (channel < width) {
    multiply_tile<kTileRows, 1>(Half(), a, rows + channel, width, depth, true, output + channel,
                                width);
  }
}

// output [row_count, D] += weights · rows, where the rows row … row + kTileRows - 1 have weights in
// columns_of(row), column x belonging to rows[x + shift], and weights(row) is where column 0 is.
template <class ColumnsOf, class Weights>
HWY_INLINE void mix(Index row_count, const ColumnsOf& columns_of, const Weights& weights,
                    Index weight_stride, const float* rows, Index shift, Index width,
                    float* output) {
  // So many rows at a time stay in the first-level cache while all queries pass.
  constexpr Index kDepth = 128;
  Columns all = {columns_of(0).begin, columns_of(0).end};
  for (Index row = 0; row < row_count; row += kTileRows) {
    const Columns columns = columns_of(row);
    all = {std::min(all.begin, columns.begin), std::max(all.end, columns.end)};
  }
  for (Index begin = all.begin; begin < all.end; begin += kDepth) {
    for (Index row = 0; row < row_count; row += kTileRows) {
      const Columns columns = intersection(columns_of(row), {begin, begin + kDepth});
      if (columns.empty()) continue;
      mix_group(weights(row) + columns.begin, weight_stride, rows + (columns.begin + shift) * width,
                columns.end - columns.begin, width, output + row * width);
    }
  }
}

}  // namespace pno::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PNO_TRAIN_ATTENTION_PRODUCT_INL_H_
