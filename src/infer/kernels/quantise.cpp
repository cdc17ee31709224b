#include "infer/kernels/quantise.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "infer/kernels/byte_ops.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "infer/kernels/quantise.cpp"
#include <hwy/foreach_target.h>
// Highway requires this order: foreach_target.h, then the headers that it compiles again.
#include <hwy/highway.h>

#include "infer/kernels/quantise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pno::infer::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, kPanelRows>;
using Ints = hn::RebindToSigned<Floats>;
constexpr std::size_t kLanes = HWY_LANES(float) < kPanelRows ? HWY_LANES(float) : kPanelRows;

// Row n becomes zeros with the scale NaN, so that its products are NaN.
void set_not_finite(const QuantisedRows& to, std::size_t n, std::size_t count) {
  std::memset(to.values + n * to.stride_bytes, 0, count * sizeof(QuantisedValue));
  to.scales[n] = std::numeric_limits<float>::quiet_NaN();
  to.sums[n] = 0;
}

HWY_INLINE void store_values(hn::Vec<Ints> values, QuantisedValue* to) {
  hn::StoreU(hn::DemoteTo(hn::Rebind<QuantisedValue, Ints>(), values),
             hn::Rebind<QuantisedValue, Ints>(), to);
}

QuantisedValue* row_of(const QuantisedRows& rows, std::size_t n) {
  return reinterpret_cast<QuantisedValue*>(rows.values + n * rows.stride_bytes);
}

void quantise_here(ConstMatrix x, std::size_t N, std::size_t K, const QuantisedRows& to) {
  const Floats d;
  const Ints ints;
  const std::size_t padded = 4 * step_count(Precision::int8, K);
  for (std::size_t n = 0; n < N; ++n) {
    const float* from = x.row(n);
    QuantisedValue* values = row_of(to, n);
    const float scale = max_abs(from, /*scales=*/nullptr, K) / kMaxInt8;
    if (!std::isfinite(scale)) {
      set_not_finite(to, n, padded);
      continue;
    }
    const float inverse = inverse_scale(scale);
    auto sums = hn::Zero(ints);
    std::size_t k = 0;
    for (; k + kLanes <= K; k += kLanes) {
      const auto value = hn::NearestInt(hn::Mul(hn::LoadU(d, from + k), hn::Set(d, inverse)));
      sums = hn::Add(sums, value);
      store_values(value, values + k);
    }
    std::int32_t sum = hn::GetLane(hn::SumOfLanes(ints, sums));
    for (; k < padded; ++k) {
      const int value = k < K ? round_to_int(from[k] * inverse) : 0;
      values[k] = static_cast<QuantisedValue>(value);
      sum += value;
    }
    to.scales[n] = scale;
    to.sums[n] = sum;
  }
}

void quantise_attention_weights_here(ConstMatrix x, std::size_t N, std::size_t K,
                                     const float* scales, const QuantisedRows& to) {
  constexpr int kBase = 128;
  const Floats d;
  const Ints ints;
  const std::size_t padded = 4 * step_count(Precision::int8, K);
  for (std::size_t n = 0; n < N; ++n) {
    const float* from = x.row(n);
    QuantisedValue *high = row_of(to, 2 * n), *low = row_of(to, 2 * n + 1);
    const float scale = max_abs(from, scales, K) / (kBase * kBase - 1);
    if (!std::isfinite(scale)) {
      set_not_finite(to, 2 * n, padded);
      set_not_finite(to, 2 * n + 1, padded);
      continue;
    }
    const float inverse = inverse_scale(scale);
    auto high_sums = hn::Zero(ints), low_sums = hn::Zero(ints);
    std::size_t k = 0;
    for (; k + kLanes <= K; k += kLanes) {
      auto weight = hn::Mul(hn::LoadU(d, from + k), hn::Set(d, inverse));
      if (scales != nullptr) weight = hn::Mul(weight, hn::LoadU(d, scales + k));
      const auto value = hn::NearestInt(weight);
      const auto upper = hn::ShiftRight<7>(value);
      const auto lower = hn::And(value, hn::Set(ints, kBase - 1));
      high_sums = hn::Add(high_sums, upper);
      low_sums = hn::Add(low_sums, lower);
      store_values(upper, high + k);
      store_values(lower, low + k);
    }
    std::int32_t high_sum = hn::GetLane(hn::SumOfLanes(ints, high_sums));
    std::int32_t low_sum = hn::GetLane(hn::SumOfLanes(ints, low_sums));
    for (; k < padded; ++k) {
      const float weight = k < K ? from[k] * inverse * (scales == nullptr ? 1 : scales[k]) : 0;
      const int value = round_to_int(weight);
      high[k] = static_cast<QuantisedValue>(value / kBase);
      low[k] = static_cast<QuantisedValue>(value % kBase);
      high_sum += value / kBase;
      low_sum += value % kBase;
    }
    to.scales[2 * n] = scale * kBase;
    to.scales[2 * n + 1] = scale;
    to.sums[2 * n] = high_sum;
    to.sums[2 * n + 1] = low_sum;
  }
}

}  // namespace pno::infer::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pno::infer {

HWY_EXPORT(quantise_here);
HWY_EXPORT(quantise_attention_weights_here);

void quantise(ConstMatrix x, std::size_t N, std::size_t K, const QuantisedRows& to) {
  HWY_DYNAMIC_DISPATCH(quantise_here)(x, N, K, to);
}

void quantise_attention_weights(ConstMatrix x, std::size_t N, std::size_t K, const float* scales,
                                const QuantisedRows& to) {
  HWY_DYNAMIC_DISPATCH(quantise_attention_weights_here)(x, N, K, scales, to);
}

}  // namespace pno::infer
#endif  // HWY_ONCE
