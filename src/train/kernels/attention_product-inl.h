// The three products of a tile of attention, once for each SIMD target; attention_kernel.cpp is
// built of them. All are the micro-kernel of multiply_tile-inl.h and differ in what the lanes of
// the vectors are:
//
//   qk_scores_panel         scores    [n, P] (+)= queries [n, D] · panel of keys [D, P]    keys
//   add_key_gradient_panel  gradients [D, P] += queries [n, D]ᵀ · weights [n, P]           keys
//   add_weighted_sum        outputs   [n, D] += weights [n, m] · rows of values [m, D]     channels
//
// n queries, m keys, D head width (in memory rounded up to kWidthAlignment), P columns of a panel

// Highway's way to include a file once for each target.
#if defined(PNO_TRAIN_ATTENTION_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PNO_TRAIN_ATTENTION_PRODUCT_INL_H_
#undef PNO_TRAIN_ATTENTION_PRODUCT_INL_H_
#else
#define PNO_TRAIN_ATTENTION_PRODUCT_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <type_traits>

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

// Rows [begin_row, end_row) of the product of a block of queries with one panel. Rows are
// `…_stride` floats apart.
struct ScoresPanel {
  const float* queries;  // [rows, W]
  Index query_stride;    // W
  float* scores;         // [rows, P]
  Index score_stride;
  Index begin_row, end_row;
};

// scores [rows, P] = queries [rows, depth] · panel [depth, P], or += if `accumulate`. Computes
// whole groups of kTileRows rows. reference: logit = dot(q, row_of(head.k, j, D))
HWY_INLINE void qk_scores_panel(const ScoresPanel& at, const float* panel, Index depth,
                                bool accumulate) {
  for (Index row = at.begin_row / kTileRows * kTileRows; row < at.end_row; row += kTileRows) {
    multiply_tile<kTileRows, kPanelVectors>(
        Wide(), {at.queries + row * at.query_stride, at.query_stride, 1}, panel, kPanel, depth,
        accumulate, at.scores + row * at.score_stride, at.score_stride);
  }
}

// panel [W, P] += queries [rows, W]ᵀ · weights [rows, P], with the weights in at.scores.
// reference: add(row_of(gradient.k, j, D), dlogit, row_of(head.q, i, D))
HWY_INLINE void add_key_gradient_panel(const ScoresPanel& at, float* panel) {
  if (at.begin_row >= at.end_row) return;
  for (Index channel = 0; channel < at.query_stride; channel += kTileRows) {
    multiply_tile<kTileRows, kPanelVectors>(
        Wide(), {at.queries + at.begin_row * at.query_stride + channel, 1, at.query_stride},
        at.scores + at.begin_row * at.score_stride, at.score_stride, at.end_row - at.begin_row,
        /*accumulate=*/true, panel + channel * kPanel, kPanel);
  }
}

// outputs [n, W] += weights · values, for groups of kTileRows rows. Row x + shift of `values`
// belongs to column x of the weights.
struct WeightedSum {
  Index row_count;      // n
  Index weight_stride;  // floats between the rows of the weights
  const float* values;  // [m, W]
  Index shift;
  Index width;     // W
  float* outputs;  // [n, W]
};

// The weights of kTileRows rows in `columns`; column 0 is weights[0].
HWY_INLINE void add_weighted_sum_of_group(const WeightedSum& sum, Index row, const float* weights,
                                          Columns columns) {
  const StridedMatrix a{weights + columns.begin, sum.weight_stride, 1};
  const Index depth = columns.end - columns.begin, width = sum.width;
  const float* const values = sum.values + (columns.begin + sum.shift) * width;
  float* const output = sum.outputs + row * width;
  const auto add = [&](auto tag, auto vectors, Index channel) HWY_ATTR {
    multiply_tile<kTileRows, decltype(vectors)::value>(tag, a, values + channel, width, depth,
                                                       /*accumulate=*/true, output + channel,
                                                       width);
  };
  using One = std::integral_constant<Index, 1>;
  using Two = std::integral_constant<Index, 2>;
  using Three = std::integral_constant<Index, 3>;
  Index channel = 0;
  for (; channel + kPanel <= width && width - channel != 4 * kLanes; channel += kPanel) {
    add(Wide(), Three(), channel);
  }
  for (; channel + 2 * kLanes <= width; channel += 2 * kLanes) add(Wide(), Two(), channel);
  for (; channel + kLanes <= width; channel += kLanes) add(Wide(), One(), channel);
  if (channel < width) add(Half(), One(), channel);
}

// Rows row … row + kTileRows - 1 have weights in columns_of(row); column 0 of row is weights(row).
// reference: add(out, weight, row_of(head.v, j, D))
template <class ColumnsOf, class Weights>
HWY_INLINE void add_weighted_sum(const WeightedSum& sum, const ColumnsOf& columns_of,
                                 const Weights& weights) {
  // Rows of values per pass: they stay in the first-level cache while all queries use them.
  constexpr Index kDepth = 128;
  Columns all = {columns_of(0).begin, columns_of(0).end};
  for (Index row = 0; row < sum.row_count; row += kTileRows) {
    const Columns columns = columns_of(row);
    all = {std::min(all.begin, columns.begin), std::max(all.end, columns.end)};
  }
  for (Index begin = all.begin; begin < all.end; begin += kDepth) {
    for (Index row = 0; row < sum.row_count; row += kTileRows) {
      const Columns columns = intersection(columns_of(row), {begin, begin + kDepth});
      if (!columns.empty()) add_weighted_sum_of_group(sum, row, weights(row), columns);
    }
  }
}

}  // namespace pno::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PNO_TRAIN_ATTENTION_PRODUCT_INL_H_
