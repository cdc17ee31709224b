#include "simd/bf16_matrix.h"

#include <algorithm>
#include <cmath>

#include "base/bf16.h"
#include "simd/bf16_unit_x86.h"
#include "simd/simd_target.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "simd/bf16_matrix.cpp"
#include <hwy/foreach_target.h>
// Highway's required order: foreach_target.h comes before the headers that it includes again.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace pno::simd::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The sums of kRows rows and a vector of columns. Products of bf16 are exact in float32, so fused
// and separate additions give the same. The odd depth of a pair comes first, as in vdpbf16ps.
template <std::ptrdiff_t kRows, class D>
HWY_INLINE void multiply_rows(D d, const Bf16Product& p, std::ptrdiff_t row, const Bf16* right,
                              float* sums) {
  const hn::RebindToUnsigned<D> words;
  hn::Vec<D> sum[kRows];
  for (std::ptrdiff_t r = 0; r < kRows; ++r) {
    sum[r] = p.accumulate ? hn::LoadU(d, sums + r * p.sums_stride) : hn::Zero(d);
  }
  for (std::ptrdiff_t k = 0; k < p.depth; k += 2, right += 2 * kBf16Panel) {
    const auto pairs = hn::LoadU(words, reinterpret_cast<const std::uint32_t*>(right));
    const auto even = hn::BitCast(d, hn::ShiftLeft<16>(pairs));
    const auto odd = hn::BitCast(d, hn::And(pairs, hn::Set(words, 0xFFFF0000U)));
    for (std::ptrdiff_t r = 0; r < kRows; ++r) {
      const Bf16* const left = p.left + (row + r) * p.left_stride + k;
      sum[r] = hn::MulAdd(hn::Set(d, from_bf16(left[1])), odd, sum[r]);
      sum[r] = hn::MulAdd(hn::Set(d, from_bf16(left[0])), even, sum[r]);
    }
  }
  for (std::ptrdiff_t r = 0; r < kRows; ++r) hn::StoreU(sum[r], d, sums + r * p.sums_stride);
}

template <class D>
HWY_INLINE void multiply_column(D d, const Bf16Product& p, const Bf16* right, float* sums) {
  constexpr std::ptrdiff_t kRows = 4;
  std::ptrdiff_t row = 0;
  for (; row + kRows <= p.rows; row += kRows) {
    multiply_rows<kRows>(d, p, row, right, sums + row * p.sums_stride);
  }
  for (; row < p.rows; ++row) multiply_rows<1>(d, p, row, right, sums + row * p.sums_stride);
}

void multiply_here(const Bf16Product& p) {
  const hn::CappedTag<float, 16> wide;
  const auto lanes = static_cast<std::ptrdiff_t>(hn::Lanes(wide));
  for (std::ptrdiff_t first = 0; first < p.columns; first += kBf16Panel) {
    const Bf16* const panel = p.right + first / kBf16Panel * p.right_stride;
    const auto columns = std::min(kBf16Panel, p.columns - first);
    std::ptrdiff_t c = 0;
    for (; c + lanes <= columns; c += lanes) {
      multiply_column(wide, p, panel + 2 * c, p.sums + first + c);
    }
    for (; c < columns; ++c) {
      multiply_column(hn::CappedTag<float, 1>(), p, panel + 2 * c, p.sums + first + c);
    }
  }
}

}  // namespace pno::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pno::simd {
namespace {

// Rounds as vcvtneps2bf16 does.
Bf16 rounded(float x) {
  constexpr Bf16 kSign = 0x8000, kQuiet = 0x40;
  const auto bits = bit_cast<std::uint32_t>(x);
  if (std::isnan(x)) return static_cast<Bf16>(bits >> 16 | kQuiet);
  if (!std::isnormal(x) && std::isfinite(x)) return static_cast<Bf16>(bits >> 16 & kSign);
  return to_bf16(x);
}

// left [rows, depth] with element (row, k) = value(row, k), padded with zeros.
template <class Value>
void fill_left(std::ptrdiff_t rows, std::ptrdiff_t depth, Bf16* left, std::ptrdiff_t stride,
               const Value& value) {
  for (std::ptrdiff_t row = 0; row < rows; ++row, left += stride) {
    for (std::ptrdiff_t k = 0; k < depth; ++k) left[k] = rounded(value(row, k));
    std::fill(left + depth, left + bf16_depth(depth), Bf16{0});
  }
}

// Panels with element (k, column) = value(k, column), padded with zeros.
template <class Value>
void fill_right(std::ptrdiff_t depth, std::ptrdiff_t columns, Bf16* right, const Value& value) {
  for (std::ptrdiff_t first = 0; first < columns; first += kBf16Panel) {
    for (std::ptrdiff_t k = 0; k < bf16_depth(depth); k += 2) {
      for (std::ptrdiff_t c = first; c < first + kBf16Panel; ++c) {
        for (auto at = k; at < k + 2; ++at) {
          *right++ = at < depth && c < columns ? rounded(value(at, c)) : Bf16{0};
        }
      }
    }
  }
}

}  // namespace

HWY_EXPORT(multiply_here);

void pack_left_bf16(const FloatMatrix& m, Bf16* left, std::ptrdiff_t stride) {
  if (bf16_unit() != Bf16Unit::none) return avx512::pack_left(m, left, stride);
  fill_left(m.rows, m.columns, left, stride,
            [&](auto row, auto k) { return m.data[row * m.stride + k]; });
}

void pack_left_transposed_bf16(const FloatMatrix& m, Bf16* left, std::ptrdiff_t stride) {
  if (bf16_unit() != Bf16Unit::none) return avx512::pack_left_transposed(m, left, stride);
  fill_left(m.columns, m.rows, left, stride,
            [&](auto row, auto k) { return m.data[k * m.stride + row]; });
}

void pack_right_bf16(const FloatMatrix& m, Bf16* right) {
  if (bf16_unit() != Bf16Unit::none) return avx512::pack_right(m, right);
  fill_right(m.rows, m.columns, right,
             [&](auto k, auto column) { return m.data[k * m.stride + column]; });
}

void pack_right_transposed_bf16(const FloatMatrix& m, Bf16* right) {
  if (bf16_unit() != Bf16Unit::none) return avx512::pack_right_transposed(m, right);
  fill_right(m.columns, m.rows, right,
             [&](auto k, auto column) { return m.data[column * m.stride + k]; });
}

void multiply_bf16(const Bf16Product& product) {
  switch (bf16_unit()) {
    case Bf16Unit::amx:
      return amx::multiply(product);
    case Bf16Unit::avx512:
      return avx512::multiply(product);
    case Bf16Unit::none:
      return HWY_DYNAMIC_DISPATCH(multiply_here)(product);
  }
}

}  // namespace pno::simd
#endif  // HWY_ONCE
