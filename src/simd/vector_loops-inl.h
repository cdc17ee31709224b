// Loops over an array in vectors; compiled once for each SIMD target.

// clang-format off
#if defined(PNO_SIMD_VECTOR_LOOPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PNO_SIMD_VECTOR_LOOPS_INL_H_
#undef PNO_SIMD_VECTOR_LOOPS_INL_H_
#else
#define PNO_SIMD_VECTOR_LOOPS_INL_H_
#endif
// clang-format on

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace pno::simd::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Wide = hn::CappedTag<float, 16>;
using Narrow = hn::CappedTag<float, 1>;

// Calls step(tag, i) for i = 0, L, 2L … with vectors of L lanes, then with single floats for the
// rest.
template <class Size, class Step>
HWY_INLINE void for_each_vector(Size size, const Step& step) {
  const Wide wide;
  const auto lanes = static_cast<Size>(hn::Lanes(wide));
  Size i = 0;
  for (; i + lanes <= size; i += lanes) step(wide, i);
  for (; i < size; ++i) step(Narrow(), i);
}

// The sum of value(tag, i) over i.
template <class Size, class Value>
HWY_INLINE float sum_of(Size size, const Value& value) {
  const Wide wide;
  const auto lanes = static_cast<Size>(hn::Lanes(wide));
  auto sums = hn::Zero(wide);
  Size i = 0;
  for (; i + lanes <= size; i += lanes) sums = hn::Add(sums, value(wide, i));
  float sum = hn::GetLane(hn::SumOfLanes(wide, sums));
  for (; i < size; ++i) sum += hn::GetLane(value(Narrow(), i));
  return sum;
}

// into[i] += value
template <class D, class V = hn::Vec<D>>
HWY_INLINE void add_to(D d, float* into, V value) {
  hn::StoreU(hn::Add(hn::LoadU(d, into), value), d, into);
}

}  // namespace pno::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // the guard that each target toggles
