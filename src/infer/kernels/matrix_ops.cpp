#include "infer/kernels/matrix_ops.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "infer/kernels/matrix_ops.cpp"
#include <hwy/foreach_target.h>
// Highway's own order: foreach_target.h comes before what it repeats.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "simd/multiply_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pno::infer::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using simd::HWY_NAMESPACE::multiply_tile;
using simd::HWY_NAMESPACE::Wide;

// Rows of a tile of the result, held in registers with kTileVectors vectors each: 12 sums, two
// vectors and a broadcast number fill the 16 registers of AVX2.
constexpr std::size_t kTileRows = 6;
constexpr std::size_t kTileVectors = 2;
// Rows of w that are packed together, at most; and their inputs at a time, so that a panel
// (32 KB at most) stays in the first cache while all positions use it.
constexpr std::size_t kMaxPanelColumns = kTileVectors * hn::MaxLanes(Wide());
constexpr std::size_t kPanelDepth = 256;
// Numbers of a row that are asked for before they are multiplied, where positions are few: several
// rows are read at once, which a processor's own look-ahead follows badly.
constexpr std::size_t kNumbersAhead = 256;
// With fewer positions than this, packing w costs more than it saves.
constexpr std::size_t kFewestTiledRows = 4;

// out [kRows, kVectors · lanes] += x [kRows, K] · panel [K, kVectors · lanes]
template <class D, std::size_t kRows, std::size_t kVectors>
HWY_INLINE void add_tile(ConstMatrix x, ConstMatrix panel, Matrix out, std::size_t K) {
  const auto index = [](std::size_t size) { return static_cast<std::ptrdiff_t>(size); };
  multiply_tile<kRows, kVectors>(D(), {x.data, index(x.stride), 1}, panel.data, index(panel.stride),
                                 index(K), /*accumulate=*/true, out.data, index(out.stride));
}

// The same for any number of rows, kTileRows at a time.
template <std::size_t kRows = kTileRows>
void add_tiles(ConstMatrix x, ConstMatrix panel, Matrix out, std::size_t N, std::size_t K) {
  std::size_t n = 0;
  for (; n + kRows <= N; n += kRows) {
    add_tile<Wide, kRows, kTileVectors>({x.data + n * x.stride, x.stride}, panel,
                                        {out.data + n * out.stride, out.stride}, K);
  }
  if constexpr (kRows > 1) {
    if (n < N) {
      add_tiles<kRows - 1>({x.data + n * x.stride, x.stride}, panel,
                           {out.data + n * out.stride, out.stride}, N - n, K);
    }
  }
}

// out[n, r] (+)= x[n] · w[r] (+ bias[r]) for kPositions rows of x and kRows of w at once, in
// vectors of D. Each number is summed in the same order for any kPositions and kRows.
template <class D, std::size_t kPositions, std::size_t kRows>
HWY_INLINE void dot_rows(ConstMatrix x, ConstMatrix w, const float* bias, bool accumulate,
                         std::size_t K, Matrix out) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<D> even[kPositions][kRows], odd[kPositions][kRows];
  for (std::size_t n = 0; n < kPositions; ++n) {
    for (std::size_t r = 0; r < kRows; ++r) even[n][r] = odd[n][r] = hn::Zero(d);
  }
  // Short rows are keys': those of the next rows then.
  const std::size_t ahead = w.stride <= kNumbersAhead ? kRows * w.stride : kNumbersAhead;
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

// All rows of x with the rows of w from m on, kRows of them.
template <class D, std::size_t kRows>
HWY_INLINE void dot_all_positions(const Product& p, std::size_t m) {
  const ConstMatrix w{p.w.data + m * p.w.stride, p.w.stride};
  const float* bias = p.bias == nullptr ? nullptr : p.bias + m;
  const auto x = [&](std::size_t n) { return ConstMatrix{p.x.data + n * p.x.stride, p.x.stride}; };
  const auto out = [&](std::size_t n) {
    return Matrix{p.out.data + n * p.out.stride + m, p.out.stride};
  };
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
  // Sums of four positions fill the registers with fewer rows.
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

void begin_result(const Product& p) {
  for (std::size_t n = 0; n < p.N; ++n) {
    float* out = p.out.data + n * p.out.stride;
    if (!p.accumulate) std::fill(out, out + p.M, 0.0F);
    if (p.bias == nullptr) continue;
    for (std::size_t m = 0; m < p.M; ++m) out[m] += p.bias[m];
  }
}

// panel [depth, width] from rows w [columns, depth]; columns beyond are zero. A cache line of each
// row at a time: row by row, every number would go to another line of the whole panel.
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

// Rows of w are packed as they are used, panel by panel: a copy of all weights in that order would
// double the memory and the time to open a model.
void multiply_by_tiles(const Product& p) {
  const std::size_t width = kTileVectors * hn::Lanes(Wide());
  alignas(64) float panel[kPanelDepth * kMaxPanelColumns];
  alignas(64) float edge[kTileRows * kMaxPanelColumns];
  begin_result(p);
  for (std::size_t m = 0; m < p.M; m += width) {
    const std::size_t columns = std::min(width, p.M - m);
    for (std::size_t k = 0; k < p.K; k += kPanelDepth) {
      const std::size_t depth = std::min(kPanelDepth, p.K - k);
      pack({p.w.data + m * p.w.stride + k, p.w.stride}, columns, depth, width, panel);
      const ConstMatrix x{p.x.data + k, p.x.stride};
      const Matrix out{p.out.data + m, p.out.stride};
      if (columns == width) {
        add_tiles(x, {panel, width}, out, p.N, depth);
        continue;
      }
      for (std::size_t n = 0; n < p.N; n += kTileRows) {
        const std::size_t rows = std::min(kTileRows, p.N - n);
        std::fill(edge, edge + rows * width, 0.0F);
        add_tiles({x.data + n * x.stride, x.stride}, {panel, width}, {edge, width}, rows, depth);
        for (std::size_t row = 0; row < rows; ++row) {
          float* to = out.data + (n + row) * out.stride;
          for (std::size_t c = 0; c < columns; ++c) to[c] += edge[row * width + c];
        }
      }
    }
  }
}

void multiply_here(const Product& p) {
  if (p.N >= kFewestTiledRows && !p.rows_alone) return multiply_by_tiles(p);
  // Heads may be narrower than a vector.
  using Half = hn::CappedTag<float, 8>;
  using Quarter = hn::CappedTag<float, 4>;
  if (p.K % hn::Lanes(Wide()) == 0) return multiply_by_dots<Wide>(p);
  if (p.K % hn::Lanes(Half()) == 0) return multiply_by_dots<Half>(p);
  return multiply_by_dots<Quarter>(p);
}

// Mixes columns from `first` on, as many as whole groups of kVectors vectors hold; returns the
// first column left.
template <class D, std::size_t kVectors>
std::size_t mix_columns(const Mixture& x, std::size_t first) {
  const std::size_t width = kVectors * hn::Lanes(D());
  for (; first + width <= x.M; first += width) {
    for (std::size_t n = 0; n < x.N; ++n) {
      add_tile<D, 1, kVectors>({x.p.data + n * x.p.stride, x.p.stride},
                               {x.v.data + first, x.v.stride},
                               {x.out.data + n * x.out.stride + first, x.out.stride}, x.K);
    }
  }
  return first;
}

void mix_here(const Mixture& x) {
  if (!x.accumulate) {
    for (std::size_t n = 0; n < x.N; ++n) {
      std::fill_n(x.out.data + n * x.out.stride, x.M, 0.0F);
    }
  }
  std::size_t column = 0;
  if (x.N >= kFewestTiledRows) {
    const std::size_t width = kTileVectors * hn::Lanes(Wide());
    for (; column + width <= x.M; column += width) {
      add_tiles(x.p, {x.v.data + column, x.v.stride}, {x.out.data + column, x.out.stride}, x.N,
                x.K);
    }
  }
  column = mix_columns<Wide, 4>(x, column);
  column = mix_columns<Wide, 1>(x, column);
  column = mix_columns<hn::CappedTag<float, 4>, 1>(x, column);
  mix_columns<hn::CappedTag<float, 1>, 1>(x, column);
}

}  // namespace pno::infer::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pno::infer {

HWY_EXPORT(multiply_here);
HWY_EXPORT(mix_here);

void multiply(const Product& product) {
  HWY_DYNAMIC_DISPATCH(multiply_here)(product);
}

void mix(const Mixture& mixture) {
  HWY_DYNAMIC_DISPATCH(mix_here)(mixture);
}

}  // namespace pno::infer
#endif  // HWY_ONCE
