// Shared by byte_ops.cpp, quantise.cpp and panel_ops.cpp; compiled once for each SIMD target.

// Highway's include guard: the file is included once for each target.
#if defined(PNO_INFER_QUANTISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PNO_INFER_QUANTISE_INL_H_
#undef PNO_INFER_QUANTISE_INL_H_
#else
#define PNO_INFER_QUANTISE_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/bit_cast.h"

HWY_BEFORE_NAMESPACE();
namespace pno::infer::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Storage type of a quantised activation: the operand type of this target's multiplication.
#if HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_SCALAR
using QuantisedValue = std::int8_t;
#else
using QuantisedValue = std::int16_t;
#endif

// max |x · scales|, or max |x| if scales is null; not finite if any element is not. Compares bits:
// without the sign bit, floats order like unsigned integers, and NaN is greater than all others.
HWY_INLINE float max_abs(const float* x, const float* scales, std::size_t size) {
  constexpr std::uint32_t kWithoutSign = 0x7FFFFFFF;
  const hn::CappedTag<float, 16> d;
  const hn::RebindToUnsigned<decltype(d)> words;
  const std::size_t lanes = hn::Lanes(d);
  auto maxima = hn::Zero(words);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    auto value = hn::LoadU(d, x + i);
    if (scales != nullptr) value = hn::Mul(value, hn::LoadU(d, scales + i));
    maxima = hn::Max(maxima, hn::And(hn::BitCast(words, value), hn::Set(words, kWithoutSign)));
  }
  std::uint32_t result = hn::GetLane(hn::MaxOfLanes(words, maxima));
  for (; i < size; ++i) {
    const float value = x[i] * (scales == nullptr ? 1 : scales[i]);
    result = std::max(result, pno::bit_cast<std::uint32_t>(value) & kWithoutSign);
  }
  return pno::bit_cast<float>(result);
}

}  // namespace pno::infer::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PNO_INFER_QUANTISE_INL_H_
