#include "infer/kernels/vector_ops.h"

#include <cmath>
#include <limits>

#include "model/parameters.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "infer/kernels/vector_ops.cpp"
#include <hwy/foreach_target.h>
// Highway requires this order: foreach_target.h, then the headers that it compiles again.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pno::infer::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using simd::HWY_NAMESPACE::for_each_vector;
using simd::HWY_NAMESPACE::sum_of;
using simd::HWY_NAMESPACE::Wide;

void scale_here(float factor, float* x, std::size_t size) {
  for_each_vector(size, [=](auto d, std::size_t i) HWY_ATTR {
    hn::StoreU(hn::Mul(hn::LoadU(d, x + i), hn::Set(d, factor)), d, x + i);
  });
}

float max_of(const float* x, std::size_t size) {
  const Wide wide;
  const std::size_t lanes = hn::Lanes(wide);
  auto lane_maxima = hn::Set(wide, std::numeric_limits<float>::lowest());
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    lane_maxima = hn::Max(lane_maxima, hn::LoadU(wide, x + i));
  }
  float result = hn::GetLane(hn::MaxOfLanes(wide, lane_maxima));
  for (; i < size; ++i) result = x[i] > result ? x[i] : result;
  return result;
}

void softmax_here(float* x, std::size_t size) {
  const float max = max_of(x, size);
  const float sum = sum_of(size, [=](auto d, std::size_t i) HWY_ATTR {
    const auto exponential = hn::Exp(d, hn::Sub(hn::LoadU(d, x + i), hn::Set(d, max)));
    hn::StoreU(exponential, d, x + i);
    return exponential;
  });
  scale_here(1.0F / sum, x, size);
}

void layer_norm_here(const float* x, const float* weight, const float* bias, float* out,
                     std::size_t size) {
  const auto count = static_cast<float>(size);
  const float mean =
      sum_of(size, [=](auto d, std::size_t i) HWY_ATTR { return hn::LoadU(d, x + i); }) / count;
  const float variance = sum_of(size,
                                [=](auto d, std::size_t i) HWY_ATTR {
                                  const auto deviation =
                                      hn::Sub(hn::LoadU(d, x + i), hn::Set(d, mean));
                                  return hn::Mul(deviation, deviation);
                                }) /
                         count;
  const float factor = 1.0F / std::sqrt(variance + static_cast<float>(model::kNormEpsilon));
  for_each_vector(size, [=](auto d, std::size_t i) HWY_ATTR {
    const auto deviation = hn::Sub(hn::LoadU(d, x + i), hn::Set(d, mean));
    const auto normalised = hn::Mul(deviation, hn::Set(d, factor));
    hn::StoreU(hn::MulAdd(normalised, hn::LoadU(d, weight + i), hn::LoadU(d, bias + i)), d,
               out + i);
  });
}

void relu_here(float* x, std::size_t size) {
  for_each_vector(size, [=](auto d, std::size_t i) HWY_ATTR {
    hn::StoreU(hn::Max(hn::LoadU(d, x + i), hn::Zero(d)), d, x + i);
  });
}

// erf(x) for x >= 0, within 1.5e-7: Abramowitz and Stegun, Handbook of Mathematical Functions,
// 7.1.26.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V erf_of_positive(D d, V x) {
  const V one = hn::Set(d, 1.0F);
  const V t = hn::Div(one, hn::MulAdd(hn::Set(d, 0.3275911F), x, one));
  V sum = hn::Set(d, 1.061405429F);
  sum = hn::MulAdd(sum, t, hn::Set(d, -1.453152027F));
  sum = hn::MulAdd(sum, t, hn::Set(d, 1.421413741F));
  sum = hn::MulAdd(sum, t, hn::Set(d, -0.284496736F));
  sum = hn::MulAdd(sum, t, hn::Set(d, 0.254829592F));
  return hn::NegMulAdd(hn::Mul(sum, t), hn::Exp(d, hn::Neg(hn::Mul(x, x))), one);
}

void gelu_here(float* x, std::size_t size) {
  for_each_vector(size, [=](auto d, std::size_t i) HWY_ATTR {
    constexpr float kRootOfHalf = 0.70710678F;
    const auto value = hn::LoadU(d, x + i);
    const auto erf = erf_of_positive(d, hn::Mul(hn::Abs(value), hn::Set(d, kRootOfHalf)));
    const auto half = hn::Mul(value, hn::Set(d, 0.5F));
    hn::StoreU(hn::MulAdd(half, hn::CopySign(erf, value), half), d, x + i);
  });
}

}  // namespace pno::infer::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pno::infer {

HWY_EXPORT(scale_here);
HWY_EXPORT(softmax_here);
HWY_EXPORT(layer_norm_here);
HWY_EXPORT(relu_here);
HWY_EXPORT(gelu_here);

void scale(float factor, float* x, std::size_t size) {
  HWY_DYNAMIC_DISPATCH(scale_here)(factor, x, size);
}

void softmax(float* x, std::size_t size) {
  HWY_DYNAMIC_DISPATCH(softmax_here)(x, size);
}

void layer_norm(const float* x, const float* weight, const float* bias, float* out,
                std::size_t size) {
  HWY_DYNAMIC_DISPATCH(layer_norm_here)(x, weight, bias, out, size);
}

void relu(float* x, std::size_t size) {
  HWY_DYNAMIC_DISPATCH(relu_here)(x, size);
}

void gelu(float* x, std::size_t size) {
  HWY_DYNAMIC_DISPATCH(gelu_here)(x, size);
}

}  // namespace pno::infer
#endif  // HWY_ONCE
