// The micro-kernel of all float32 matrix products: a tile of accumulators stays in registers;
// compiled once for each SIMD target.

// Highway's include guard: the file is included once for each target.
#if defined(PNO_SIMD_MULTIPLY_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PNO_SIMD_MULTIPLY_TILE_INL_H_
#undef PNO_SIMD_MULTIPLY_TILE_INL_H_
#else
#define PNO_SIMD_MULTIPLY_TILE_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace pno::simd::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Index = std::ptrdiff_t;
using Wide = hn::CappedTag<float, 16>;

// 24 accumulators, three vectors and a broadcast value fit the 32 registers of AVX-512 and NEON; 12
// accumulators fit the 16 of AVX2.
constexpr Index kLanes = static_cast<Index>(hn::MaxLanes(Wide()));
constexpr Index kTileRows = kLanes == 16 || HWY_TARGET == HWY_NEON ? 8 : 4;
constexpr Index kPanelVectors = 3;
constexpr Index kPanel = kPanelVectors * kLanes;

constexpr Index rounded_up(Index x, Index to) {
  return (x + to - 1) / to * to;
}

// A matrix whose element (row, step) is data[row · row_stride + step · step_stride].
struct StridedMatrix {
  const float* data;
  Index row_stride, step_stride;
};

// sums [kRows, kVectors · lanes] = or += a [kRows, depth] · b [depth, kVectors · lanes]
template <Index kRows, Index kVectors, class D>
HWY_INLINE void multiply_tile(D d, StridedMatrix a, const float* b, Index b_stride, Index depth,
                              bool accumulate, float* sums, Index sums_stride) {
  constexpr auto kVectorLanes = static_cast<Index>(hn::MaxLanes(D()));
  hn::Vec<D> sum[kRows][kVectors];
  for (Index row = 0; row < kRows; ++row) {
    for (Index v = 0; v < kVectors; ++v) {
      sum[row][v] =
          accumulate ? hn::LoadU(d, sums + row * sums_stride + v * kVectorLanes) : hn::Zero(d);
    }
  }
  for (Index k = 0; k < depth; ++k) {
    hn::Vec<D> vector[kVectors];
    for (Index v = 0; v < kVectors; ++v) {
      vector[v] = hn::LoadU(d, b + k * b_stride + v * kVectorLanes);
    }
    for (Index row = 0; row < kRows; ++row) {
      const auto number = hn::Set(d, a.data[row * a.row_stride + k * a.step_stride]);
      for (Index v = 0; v < kVectors; ++v) {
        sum[row][v] = hn::MulAdd(number, vector[v], sum[row][v]);
      }
    }
  }
  for (Index row = 0; row < kRows; ++row) {
    for (Index v = 0; v < kVectors; ++v) {
      hn::StoreU(sum[row][v], d, sums + row * sums_stride + v * kVectorLanes);
    }
  }
}

}  // namespace pno::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PNO_SIMD_MULTIPLY_TILE_INL_H_
