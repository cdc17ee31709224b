#include "infer/kernels/matrix_ops.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "infer/kernels/matrix_ops.cpp"
#include <hwy/foreach_target.h>
// Highway requires this order: foreach_target.h, then the headers that it compiles again.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "simd/multiply_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pno::infer::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using simd::HWY_NAMESPACE::multiply_tile;
using simd::HWY_NAMESPACE::Wide;

// A tile of the result has this many rows of kTileVectors vectors. Its 12 accumulators, two vectors
// of w and one broadcast input fill the 16 registers of AVX2.
constexpr std::size_t kTileRows = 6;
constexpr std::size_t kTileVectors = 2;
// A packed panel holds at most kMaxPanelColumns rows of w and kPanelDepth inputs of each: at most
// 32 KB, so that it stays in the first-level cache while all positions use it.
constexpr std::size_t kMaxPanelColumns = kTileVectors * hn::MaxLanes(Wide());
constexpr std::size_t kPanelDepth = 256;
// Prefetch distance in floats, with few positions: several rows are read side by side, and the
// hardware prefetcher follows that badly.
constexpr std::size_t kPrefetchFloats = 256;
// With fewer positions than this, packing w costs more than it saves.
constexpr std::size_t kMinTiledRows = 4;

// out [kRows, kVectors · lanes] += x [kRows, K] · panel [K, kVectors · lanes]
template <class D, std::size_t kRows, std::size_t kVectors>
HWY_INLINE void add_tile(ConstMatrix x, ConstMatrix panel, Matrix out, std::size_t K) {
  const auto index = [](std::size_t size) { return static_cast<std::ptrdiff_t>(size); };
  multiply_tile<kRows, kVectors>(D(), {x.data, index(x.stride), 1}, panel.data, index(panel.stride),
                                 index(K), /*accumulate=*/true, out.data, index(out.stride));
}

// out [N, kTileVectors · lanes] += x [N, K] · panel, kTileRows rows at a time.
template <std::size_t kRows = kTileRows>
void add_tiles(ConstMatrix x, ConstMatrix panel, Matrix out, std::size_t N, std::size_t K) {
  std::size_t n = 0;
  for (; n + kRows <= N; n += kRows) {
    add_tile<Wide, kRows, kTileVectors>(x.from_row(n), panel, out.from_row(n), K);
  }
  if constexpr (kRows > 1) {
    if (n < N) add_tiles<kRows - 1>(x.from_row(n), panel, out.from_row(n), N - n, K);
  }
}

// out[n, r] (+)= x[n] · w[r] (+ bias[r]) for kPositions rows of x and kRows of w at once, in
// vectors of D. Each element is summed in the same order for any kPositions and kRows.
template <class D, std::size_t kPositions, std::size_t kRows>
HWY_INLINE void dot_rows(ConstMatrix x, ConstMatrix w, const float* bias, bool accumulate,
                         std::size_t K, Matrix out) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<D> even[kPositions][kRows], odd[kPositions][kRows];
  for (std::size_t n = 0; n < kPositions; ++n) {
    for (std::size_t r = 0; r < kRows; ++r) even[n][r] = odd[n][r] = hn::Zero(d);
  }
  // Short rows are keys: prefetch the next kRows rows instead.
  const std::size_t ahead = w.stride <= kPrefetchFloats ? kRows * w.stride : kPrefetchFloats;
  const auto add = [&](hn::Vec<D>(&sums)[kPositions][kRows], std::size_t k) HWY_ATTR {
    hn::Vec<D> weights[kRows];
    for (std::size_t r = 0; r < kRows; ++r) {
      const float* row = w.data + r * w.stride + k;
      hwy::Prefetch(row + ahead);
      weights[r] = hn::LoadU(d, row);
    }
    for (std::size_t n = 0; n < kPositions; ++n) {
      const auto inputs = hn::LoadU(d, x.data + n * x.stride + k);
      for (std::size_t r = 0; r < kRows; ++r) {
        sums[n][r] = hn::MulAdd(inputs, weights[r], sums[n][r]);
      }
    }
  };
  std::size_t k = 0;
  for (; k + 2 * lanes <= K; k += 2 * lanes) {
    add(even, k);
    add(odd, k + lanes);
  }
  if (k + lanes <= K) {
    add(even, k);
    k += lanes;
  }
  for (std::size_t n = 0; n < kPositions; ++n) {
    for (std::size_t r = 0; r < kRows; ++r) {
      float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(even[n][r], odd[n][r])));
      for (std::size_t rest = k; rest < K; ++rest) {
        sum += x.data[n * x.stride + rest] * w.data[r * w.stride + rest];
      }
      if (bias != nullptr) sum += bias[r];
      float& result = out.data[n * out.stride + r];
      result = accumulate ? result + sum : sum;
    }
  }
}

// All rows of x with kRows rows of w from row m on.
template <class D, std::size_t kRows>
HWY_INLINE void dot_all_positions(const Product& p, std::size_t m) {
  const ConstMatrix w = p.w.from_row(m);
  const float* bias = p.bias == nullptr ? nullptr : p.bias + m;
  const auto x = [&](std::size_t n) { return p.x.from_row(n); };
  const auto out = [&](std::size_t n) { return p.out.from_row(n).from_column(m); };
  std::size_t n = 0;
  for (; n + 4 <= p.N; n += 4) {
    dot_rows<D, 4, kRows>(x(n), w, bias, p.accumulate, p.K, out(n));
  }
  for (; n + 2 <= p.N; n += 2) {
    dot_rows<D, 2, kRows>(x(n), w, bias, p.accumulate, p.K, out(n));
  }
  if (n < p.N) dot_rows<D, 1, kRows>(x(n), w, bias, p.accumulate, p.K, out(n));
}

template <class D>
void multiply_by_dots(const Product& p) {
  // With one position more rows of w fit: four positions need four accumulators a row.
  constexpr bool kHasManyRegisters = hn::MaxLanes(Wide()) == 16;
  constexpr std::size_t kRowsOfOne = kHasManyRegisters ? 8 : 4;
  constexpr std::size_t kRowsOfMore = kHasManyRegisters ? 2 : 1;
  std::size_t m = 0;
  if (p.N == 1) {
    for (; m + kRowsOfOne <= p.M; m += kRowsOfOne) dot_all_positions<D, kRowsOfOne>(p, m);
  } else {
    for (; m + kRowsOfMore <= p.M; m += kRowsOfMore) dot_all_positions<D, kRowsOfMore>(p, m);
  }
  for (; m < p.M; ++m) dot_all_positions<D, 1>(p, m);
}

// out = 0 unless it is accumulated to; then += bias.
void init_result(const Product& p) {
  for (std::size_t n = 0; n < p.N; ++n) {
    float* out = p.out.data + n * p.out.stride;
    if (!p.accumulate) std::fill(out, out + p.M, 0.0F);
    if (p.bias == nullptr) continue;
    for (std::size_t m = 0; m < p.M; ++m) out[m] += p.bias[m];
  }
}

// panel [depth, width] = wᵀ, w [columns, depth]; columns from `columns` on are zero. One cache line
// of each row at a time: row by row, every float would touch another line of the panel.
void pack(ConstMatrix w, std::size_t columns, std::size_t depth, std::size_t width, float* panel) {
  constexpr std::size_t kLine = 16;
  for (std::size_t begin = 0; begin < depth; begin += kLine) {
    const std::size_t end = std::min(begin + kLine, depth);
    for (std::size_t c = 0; c < columns; ++c) {
      const float* row = w.data + c * w.stride;
      for (std::size_t k = begin; k < end; ++k) panel[k * width + c] = row[k];
    }
    for (std::size_t k = begin; k < end; ++k) {
      std::fill(panel + k * width + columns, panel + (k + 1) * width, 0.0F);
    }
  }
}

// Packs w panel by panel during the product: a packed copy of all weights would double the memory
// and the time to open a model.
void multiply_by_tiles(const Product& p) {
  const std::size_t width = kTileVectors * hn::Lanes(Wide());
  alignas(64) float panel[kPanelDepth * kMaxPanelColumns];
  alignas(64) float edge[kTileRows * kMaxPanelColumns];
  init_result(p);
  for (std::size_t m = 0; m < p.M; m += width) {
    const std::size_t columns = std::min(width, p.M - m);
    for (std::size_t k = 0; k < p.K; k += kPanelDepth) {
      const std::size_t depth = std::min(kPanelDepth, p.K - k);
      pack(p.w.from_row(m).from_column(k), columns, depth, width, panel);
      const ConstMatrix x = p.x.from_column(k);
      const Matrix out = p.out.from_column(m);
      if (columns == width) {
        add_tiles(x, {panel, width}, out, p.N, depth);
        continue;
      }
      for (std::size_t n = 0; n < p.N; n += kTileRows) {
        const std::size_t rows = std::min(kTileRows, p.N - n);
        std::fill(edge, edge + rows * width, 0.0F);
        add_tiles(x.from_row(n), {panel, width}, {edge, width}, rows, depth);
        for (std::size_t row = 0; row < rows; ++row) {
          float* to = out.row(n + row);
          for (std::size_t c = 0; c < columns; ++c) to[c] += edge[row * width + c];
        }
      }
    }
  }
}

void multiply_here(const Product& p) {
  if (p.N >= kMinTiledRows && !p.independent_rows) return multiply_by_tiles(p);
  // A head may be narrower than a vector.
  using Half = hn::CappedTag<float, 8>;
  using Quarter = hn::CappedTag<float, 4>;
  if (p.K % hn::Lanes(Wide()) == 0) return multiply_by_dots<Wide>(p);
  if (p.K % hn::Lanes(Half()) == 0) return multiply_by_dots<Half>(p);
  return multiply_by_dots<Quarter>(p);
}

// Sums the columns from `first` on that fill groups of kVectors vectors. Returns the first column
// that is left.
template <class D, std::size_t kVectors>
std::size_t weighted_sum_columns(const WeightedSum& x, std::size_t first) {
  const std::size_t width = kVectors * hn::Lanes(D());
  for (; first + width <= x.M; first += width) {
    for (std::size_t n = 0; n < x.N; ++n) {
      add_tile<D, 1, kVectors>(x.p.from_row(n), x.v.from_column(first),
                               x.out.from_row(n).from_column(first), x.K);
    }
  }
  return first;
}

void weighted_sum_here(const WeightedSum& x) {
  if (!x.accumulate) {
    for (std::size_t n = 0; n < x.N; ++n) {
      std::fill_n(x.out.row(n), x.M, 0.0F);
    }
  }
  std::size_t column = 0;
  if (x.N >= kMinTiledRows) {
    const std::size_t width = kTileVectors * hn::Lanes(Wide());
    for (; column + width <= x.M; column += width) {
      add_tiles(x.p, x.v.from_column(column), x.out.from_column(column), x.N, x.K);
    }
  }
  column = weighted_sum_columns<Wide, 4>(x, column);
  column = weighted_sum_columns<Wide, 1>(x, column);
  column = weighted_sum_columns<hn::CappedTag<float, 4>, 1>(x, column);
  weighted_sum_columns<hn::CappedTag<float, 1>, 1>(x, column);
}

}  // namespace pno::infer::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pno::infer {

HWY_EXPORT(multiply_here);
HWY_EXPORT(weighted_sum_here);

void multiply(const Product& product) {
  HWY_DYNAMIC_DISPATCH(multiply_here)(product);
}

void weighted_sum(const WeightedSum& sum) {
  HWY_DYNAMIC_DISPATCH(weighted_sum_here)(sum);
}

}  // namespace pno::infer
#endif  // HWY_ONCE
