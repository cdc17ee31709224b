#include "train/kernels/loss_kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/kernels/loss_kernels.cpp"
#include <hwy/foreach_target.h>
// Highway's required order: foreach_target.h comes before the headers that it includes again.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pno::train::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using simd::HWY_NAMESPACE::add_to;
using simd::HWY_NAMESPACE::for_each_vector;
using simd::HWY_NAMESPACE::sum_of;
using simd::HWY_NAMESPACE::Wide;

// z += bias. Returns the largest element of the sum.
HWY_INLINE float add_bias(float* z, const float* bias, std::int64_t columns) {
  const Wide wide;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(wide));
  auto largest_of_lanes = hn::Set(wide, std::numeric_limits<float>::lowest());
  std::int64_t i = 0;
  for (; i + lanes <= columns; i += lanes) {
    const auto value = hn::Add(hn::LoadU(wide, z + i), hn::LoadU(wide, bias + i));
    hn::StoreU(value, wide, z + i);
    largest_of_lanes = hn::Max(largest_of_lanes, value);
  }
  float largest = hn::GetLane(hn::MaxOfLanes(wide, largest_of_lanes));
  for (; i < columns; ++i) largest = std::max(largest, z[i] += bias[i]);
  return largest;
}

LossSums softmax_loss_here(float* logits, const float* bias, const std::int64_t* targets,
                           float* bias_gradient, const LossOptions& options, std::int64_t rows,
                           std::int64_t columns) {
  const auto smoothing = static_cast<float>(options.smoothing);
  const auto count = static_cast<float>(columns);
  LossSums sums;
  for (std::int64_t row = 0; row < rows; ++row, logits += columns) {
    auto* z = logits;
    const float largest = add_bias(z, bias, columns);
    const float target_logit = z[targets[row]] - largest;
    float mean = 0;  // of z - largest
    if (smoothing > 0) {
      mean = sum_of(columns,
                    [=](auto d, std::int64_t i)
                        HWY_ATTR { return hn::Sub(hn::LoadU(d, z + i), hn::Set(d, largest)); }) /
             count;
    }
    const float sum = sum_of(columns, [=](auto d, std::int64_t i) HWY_ATTR {
      const auto power = hn::Exp(d, hn::Sub(hn::LoadU(d, z + i), hn::Set(d, largest)));
      hn::StoreU(power, d, z + i);
      return power;
    });
    const double log_sum = std::log(static_cast<double>(sum));
    const double nll = log_sum - target_logit;
    sums.nll += nll;
    sums.objective += (1 - options.smoothing) * nll + options.smoothing * (log_sum - mean);
    if (!options.want_gradient) continue;
    z[targets[row]] -= (1 - smoothing) * sum;
    const float factor = 1 / sum, spread = smoothing / count;
    for_each_vector(columns, [=](auto d, std::int64_t i) HWY_ATTR {
      const auto gradient = hn::MulSub(hn::LoadU(d, z + i), hn::Set(d, factor), hn::Set(d, spread));
      hn::StoreU(gradient, d, z + i);
      add_to(d, bias_gradient + i, gradient);
    });
  }
  return sums;
}

}  // namespace pno::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pno::train {

HWY_EXPORT(softmax_loss_here);

LossSums softmax_loss(float* logits, const float* bias, const std::int64_t* targets,
                      float* bias_gradient, const LossOptions& options, std::int64_t rows,
                      std::int64_t columns) {
  return HWY_DYNAMIC_DISPATCH(softmax_loss_here)(logits, bias, targets, bias_gradient, options,
                                                 rows, columns);
}

}  // namespace pno::train
#endif  // HWY_ONCE
