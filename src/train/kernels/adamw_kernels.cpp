#include "train/kernels/adamw_kernels.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/kernels/adamw_kernels.cpp"
#include <hwy/foreach_target.h>
// Highway's required order: foreach_target.h comes before the headers that it includes again.
#include <hwy/highway.h>

#include "simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pno::train::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using simd::HWY_NAMESPACE::for_each_vector;
using simd::HWY_NAMESPACE::sum_of;

void adamw_here(const AdamWStep& step, float* parameters, const float* gradient, float* mean,
                float* square, std::int64_t size) {
  for_each_vector(size, [=](auto d, std::int64_t i) HWY_ATTR {
    const auto set = [=](float value) HWY_ATTR { return hn::Set(d, value); };
    const auto g = hn::Mul(hn::LoadU(d, gradient + i), set(step.gradient_factor));
    const auto m =
        hn::MulAdd(hn::LoadU(d, mean + i), set(step.beta1), hn::Mul(g, set(1 - step.beta1)));
    const auto v = hn::MulAdd(hn::LoadU(d, square + i), set(step.beta2),
                              hn::Mul(hn::Mul(g, g), set(1 - step.beta2)));
    const auto root = hn::MulAdd(hn::Sqrt(v), set(step.root_factor), set(step.epsilon));
    const auto kept = hn::Mul(hn::LoadU(d, parameters + i), set(step.decay));
    hn::StoreU(m, d, mean + i);
    hn::StoreU(v, d, square + i);
    hn::StoreU(hn::NegMulAdd(set(step.rate), hn::Div(m, root), kept), d, parameters + i);
  });
}

// Sums blocks in float and the blocks in double: the rounding error is far below that of the
// values.
double sum_of_squares_here(const float* x, std::int64_t size) {
  constexpr std::int64_t kBlock = 1024;
  double sum = 0;
  for (std::int64_t first = 0; first < size; first += kBlock) {
    sum += sum_of(std::min(kBlock, size - first), [=](auto d, std::int64_t i) HWY_ATTR {
      const auto value = hn::LoadU(d, x + first + i);
      return hn::Mul(value, value);
    });
  }
  return sum;
}

}  // namespace pno::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pno::train {

HWY_EXPORT(adamw_here);
HWY_EXPORT(sum_of_squares_here);

void adamw(const AdamWStep& step, float* parameters, const float* gradient, float* mean,
           float* square, std::int64_t size) {
  HWY_DYNAMIC_DISPATCH(adamw_here)(step, parameters, gradient, mean, square, size);
}

double sum_of_squares(const float* x, std::int64_t size) {
  return HWY_DYNAMIC_DISPATCH(sum_of_squares_here)(x, size);
}

}  // namespace pno::train
#endif  // HWY_ONCE
