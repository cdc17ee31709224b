#include "train/kernels/norm_kernels.h"

#include <cmath>

#include "model/parameters.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/kernels/norm_kernels.cpp"
#include <hwy/foreach_target.h>
// Highway's required order: foreach_target.h comes before the headers that it includes again.
#include <hwy/highway.h>

#include "simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pno::train::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using simd::HWY_NAMESPACE::add_to;
using simd::HWY_NAMESPACE::for_each_vector;
using simd::HWY_NAMESPACE::sum_of;

struct Moments {
  float mean, factor;  // factor: 1 / deviation
};

HWY_INLINE Moments moments_of(const float* x, std::int64_t columns) {
  const auto count = static_cast<float>(columns);
  const float mean =
      sum_of(columns, [=](auto d, std::int64_t i) HWY_ATTR { return hn::LoadU(d, x + i); }) / count;
  const float squares = sum_of(columns, [=](auto d, std::int64_t i) HWY_ATTR {
    const auto deviation = hn::Sub(hn::LoadU(d, x + i), hn::Set(d, mean));
    return hn::Mul(deviation, deviation);
  });
  return {mean, 1.0F / std::sqrt(squares / count + static_cast<float>(model::kNormEpsilon))};
}

// A vector of the normalised row: (x - mean) / deviation.
template <class D>
HWY_INLINE hn::Vec<D> normalised(D d, const float* x, const Moments& moments) {
  return hn::Mul(hn::Sub(hn::LoadU(d, x), hn::Set(d, moments.mean)), hn::Set(d, moments.factor));
}

void norm_rows_here(const float* x, const float* weight, const float* bias, float* out,
                    std::int64_t rows, std::int64_t columns) {
  for (std::int64_t row = 0; row < rows; ++row, x += columns, out += columns) {
    const auto moments = moments_of(x, columns);
    for_each_vector(columns, [=](auto d, std::int64_t i) HWY_ATTR {
      hn::StoreU(hn::MulAdd(normalised(d, x + i, moments), hn::LoadU(d, weight + i),
                            hn::LoadU(d, bias + i)),
                 d, out + i);
    });
  }
}

// With n the normalised row and g = gradient · weight:
//   dx = (g - mean(g) - n · mean(g · n)) / deviation
void norm_rows_backward_here(const float* x, const float* weight, const float* gradient,
                             const NormGradients& into, std::int64_t rows, std::int64_t columns) {
  const auto count = static_cast<float>(columns);
  auto* x_gradient = into.x;
  auto *weight_gradient = into.weight, *bias_gradient = into.bias;
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto moments = moments_of(x, columns);
    const float mean =
        sum_of(columns,
               [=](auto d, std::int64_t i) HWY_ATTR {
                 return hn::Mul(hn::LoadU(d, gradient + i), hn::LoadU(d, weight + i));
               }) /
        count;
    const float projection =
        sum_of(columns,
               [=](auto d, std::int64_t i) HWY_ATTR {
                 const auto g = hn::Mul(hn::LoadU(d, gradient + i), hn::LoadU(d, weight + i));
                 return hn::Mul(g, normalised(d, x + i, moments));
               }) /
        count;
    for_each_vector(columns, [=](auto d, std::int64_t i) HWY_ATTR {
      const auto from = hn::LoadU(d, gradient + i);
      const auto n = normalised(d, x + i, moments);
      const auto g = hn::MulSub(from, hn::LoadU(d, weight + i), hn::Set(d, mean));
      const auto dx = hn::NegMulAdd(n, hn::Set(d, projection), g);
      add_to(d, x_gradient + i, hn::Mul(dx, hn::Set(d, moments.factor)));
      add_to(d, weight_gradient + i, hn::Mul(from, n));
      add_to(d, bias_gradient + i, from);
    });
    x += columns;
    gradient += columns;
    x_gradient += columns;
  }
}

}  // namespace pno::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pno::train {

HWY_EXPORT(norm_rows_here);
HWY_EXPORT(norm_rows_backward_here);

void norm_rows(const float* x, const float* weight, const float* bias, float* out,
               std::int64_t rows, std::int64_t columns) {
  HWY_DYNAMIC_DISPATCH(norm_rows_here)(x, weight, bias, out, rows, columns);
}

void norm_rows_backward(const float* x, const float* weight, const float* gradient,
                        const NormGradients& into, std::int64_t rows, std::int64_t columns) {
  HWY_DYNAMIC_DISPATCH(norm_rows_backward_here)(x, weight, gradient, into, rows, columns);
}

}  // namespace pno::train
#endif  // HWY_ONCE
