#include "infer/kernels/quantise.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "infer/kernels/byte_ops.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "infer/kernels/quantise.cpp"
#include <hwy/foreach_target.h>
// Highway's own order: foreach_target.h comes before what it repeats.
#include <hwy/highway.h>

#include "infer/kernels/quantise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pno::infer::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, kPanelRows>;
using Ints = hn::RebindToSigned<Floats>;
constexpr std::size_t kLanes = HWY_LANES(float) < kPanelRows ? HWY_LANES(float) : kPanelRows;

// A row that is not finite becomes zeros with a scale that is none: so will its products be.
void quantise_nothing(const QuantisedRows& to, std::size_t n, std::size_t numbers) {
  std::memset(to.numbers + n * to.stride_bytes, 0, numbers * sizeof(Number));
  to.scales[n] = std::numeric_limits<float>::quiet_NaN();
  to.sums[n] = 0;
}

HWY_INLINE void store_numbers(hn::Vec<Ints> numbers, Number* to) {
  hn::StoreU(hn::DemoteTo(hn::Rebind<Number, Ints>(), numbers), hn::Rebind<Number, Ints>(), to);
}

Number* row_of(const QuantisedRows& rows, std::size_t n) {
  return reinterpret_cast<Number*>(rows.numbers + n * rows.stride_bytes);
}

void quantise_here(ConstMatrix x, std::size_t N, std::size_t K, const QuantisedRows& to) {
  const Floats d;
  const Ints ints;
  const std::size_t padded = 4 * steps_of(Precision::int8, K);
  for (std::size_t n = 0; n < N; ++n) {
    const float* from = x.data + n * x.stride;
    Number* numbers = row_of(to, n);
    const float scale = largest(from, nullptr, K) / kLargestByte;
    if (!std::isfinite(scale)) {
      quantise_nothing(to, n, padded);
      continue;
    }
    const float inverse = inverse_of(scale);
    auto sums = hn::Zero(ints);
    std::size_t k = 0;
    for (; k + kLanes <= K; k += kLanes) {
      const auto number = hn::NearestInt(hn::Mul(hn::LoadU(d, from + k), hn::Set(d, inverse)));
      sums = hn::Add(sums, number);
      store_numbers(number, numbers + k);
    }
    std::int32_t sum = hn::GetLane(hn::SumOfLanes(ints, sums));
    for (; k < padded; ++k) {
      const int number = k < K ? nearest_whole(from[k] * inverse) : 0;
      numbers[k] = static_cast<Number>(number);
      sum += number;
    }
    to.scales[n] = scale;
    to.sums[n] = sum;
  }
}

void quantise_shares_here(ConstMatrix x, std::size_t N, std::size_t K, const float* scales,
                          const QuantisedRows& to) {
  constexpr int kBase = 128;
  const Floats d;
  const Ints ints;
  const std::size_t padded = 4 * steps_of(Precision::int8, K);
  for (std::size_t n = 0; n < N; ++n) {
    const float* from = x.data + n * x.stride;
    Number *high = row_of(to, 2 * n), *low = row_of(to, 2 * n + 1);
    const float scale = largest(from, scales, K) / (kBase * kBase - 1);
    if (!std::isfinite(scale)) {
      quantise_nothing(to, 2 * n, padded);
      quantise_nothing(to, 2 * n + 1, padded);
      continue;
    }
    const float inverse = inverse_of(scale);
    auto high_sums = hn::Zero(ints), low_sums = hn::Zero(ints);
    std::size_t k = 0;
    for (; k + kLanes <= K; k += kLanes) {
      auto share = hn::Mul(hn::LoadU(d, from + k), hn::Set(d, inverse));
      if (scales != nullptr) share = hn::Mul(share, hn::LoadU(d, scales + k));
      const auto number = hn::NearestInt(share);
      const auto upper = hn::ShiftRight<7>(number);
      const auto lower = hn::And(number, hn::Set(ints, kBase - 1));
      high_sums = hn::Add(high_sums, upper);
      low_sums = hn::Add(low_sums, lower);
      store_numbers(upper, high + k);
      store_numbers(lower, low + k);
    }
    std::int32_t high_sum = hn::GetLane(hn::SumOfLanes(ints, high_sums));
    std::int32_t low_sum = hn::GetLane(hn::SumOfLanes(ints, low_sums));
    for (; k < padded; ++k) {
      const float share = k < K ? from[k] * inverse * (scales == nullptr ? 1 : scales[k]) : 0;
      const int number = nearest_whole(share);
      high[k] = static_cast<Number>(number / kBase);
      low[k] = static_cast<Number>(number % kBase);
      high_sum += number / kBase;
      low_sum += number % kBase;
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
HWY_EXPORT(quantise_shares_here);

void quantise(ConstMatrix x, std::size_t N, std::size_t K, const QuantisedRows& to) {
  HWY_DYNAMIC_DISPATCH(quantise_here)(x, N, K, to);
}

void quantise_shares(ConstMatrix x, std::size_t N, std::size_t K, const float* scales,
                     const QuantisedRows& to) {
  HWY_DYNAMIC_DISPATCH(quantise_shares_here)(x, N, K, scales, to);
}

}  // namespace pno::infer
#endif  // HWY_ONCE
