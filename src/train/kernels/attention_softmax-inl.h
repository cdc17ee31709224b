// Softmax and dropout of a tile, row by row, forward and backward, once for each SIMD target.
// attention_kernel.cpp runs them between its products.

#if defined(PNO_TRAIN_ATTENTION_SOFTMAX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PNO_TRAIN_ATTENTION_SOFTMAX_INL_H_
#undef PNO_TRAIN_ATTENTION_SOFTMAX_INL_H_
#else
#define PNO_TRAIN_ATTENTION_SOFTMAX_INL_H_
#endif

#include <hwy/highway.h>

#include <limits>

#include "simd/multiply_tile-inl.h"
#include "train/kernels/attention_dropout.h"
#include "train/kernels/attention_tile.h"

HWY_BEFORE_NAMESPACE();
namespace pno::train::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using simd::HWY_NAMESPACE::kLanes;
using simd::HWY_NAMESPACE::Wide;

using Vector = hn::Vec<Wide>;
using Words = hn::RebindToUnsigned<Wide>;
using Integers = hn::RebindToSigned<Wide>;

// max(least, x); NaN if x is NaN. If an operand is NaN, the maximum instruction of x86 returns the
// second one, that of NEON returns NaN, and plain C++ may return either.
HWY_INLINE Vector at_least(Vector least, Vector x) {
#if HWY_TARGET == HWY_SCALAR
  return hn::IfThenElse(hn::Lt(x, least), least, x);
#else
  return hn::Max(least, x);
#endif
}

// e^x for x up to about 0: 2^n · 2^f with an integer n and |f| <= 1/2; 2^f is the polynomial of
// degree 5 that interpolates at the Chebyshev nodes, with a relative error below 2e-7. NaN stays
// NaN.
HWY_INLINE Vector exponential(Vector x) {
  const Wide d;
  const Integers integers;
  constexpr float kLog2E = 1.44269504F;
  constexpr float kLeast = -87.0F;  // e^-88 would be denormal
  // A float of this size has no fractional bits: adding it rounds to n and leaves n in the low
  // bits.
  constexpr float kRound = 0x1.8p23F;
  constexpr int kMantissaBits = 23;
  const auto y = at_least(hn::Set(d, kLeast), x);
  const auto shifted = hn::MulAdd(y, hn::Set(d, kLog2E), hn::Set(d, kRound));
  const auto n = hn::Sub(shifted, hn::Set(d, kRound));
  const auto f = hn::MulSub(y, hn::Set(d, kLog2E), n);
  auto power = hn::Set(d, 0.00133908634F);
  power = hn::MulAdd(power, f, hn::Set(d, 0.00967603192F));
  power = hn::MulAdd(power, f, hn::Set(d, 0.0555035711F));
  power = hn::MulAdd(power, f, hn::Set(d, 0.240221075F));
  power = hn::MulAdd(power, f, hn::Set(d, 0.693147188F));
  power = hn::MulAdd(power, f, hn::Set(d, 1.00000008F));
  const auto exponent = hn::ShiftLeft<kMantissaBits>(hn::BitCast(integers, shifted));
  return hn::BitCast(d, hn::Add(hn::BitCast(integers, power), exponent));
}

// Calls step(first, mask_lanes) for each group of 32 columns, at multiples of 32, that contains
// some of `columns`. mask_lanes is true if it contains others, too.
constexpr Index kStep = 32;
template <class Step>
HWY_INLINE void for_each_step(Columns columns, const Step& step) {
  for (Index first = columns.begin / kStep * kStep; first < columns.end; first += kStep) {
    step(first, first < columns.begin || first + kStep > columns.end);
  }
}

// Lane i is true if column first + i is one of `columns`.
HWY_INLINE hn::Mask<Wide> lanes_in(Columns columns, Index first) {
  const Wide d;
  const auto column = hn::Iota(d, static_cast<float>(first));
  return hn::And(hn::Ge(column, hn::Set(d, static_cast<float>(columns.begin))),
                 hn::Lt(column, hn::Set(d, static_cast<float>(columns.end))));
}

// Dropout decisions for the weights of one query, 32 keys at a time: attention_dropout.h in
// vectors.
class RowDropout {
 public:
  RowDropout(const WeightDropout& dropout, std::uint32_t row_key)
      : row_key_(hn::Set(Words(), row_key)),
        threshold_(hn::Set(Words(), dropout.threshold() << 16)),
        word_steps_(hn::Mul(hn::Iota(Words(), 0), hn::Set(Words(), WeightDropout::kWordStep))) {}

  // Lane i of `low` is true if the weight of key + offset + i is dropped; `high` is the same for
  // the keys 16 later. `key` is a multiple of 32, offset < 16.
  HWY_INLINE void draw(Index key, Index offset, hn::Mask<Wide>& low, hn::Mask<Wide>& high) const {
    const Words d;
    const auto first = static_cast<std::uint32_t>(key / 2 + offset) * WeightDropout::kWordStep;
    auto x = hn::Xor(hn::Add(word_steps_, hn::Set(d, first)), row_key_);
    x = hn::Mul(hn::Xor(x, hn::ShiftRight<16>(x)), hn::Set(d, WeightDropout::kFirstFactor));
    x = hn::Mul(hn::Xor(x, hn::ShiftRight<13>(x)), hn::Set(d, WeightDropout::kSecondFactor));
    x = hn::Xor(x, hn::ShiftRight<16>(x));
    const Wide f;
    low = hn::RebindMask(f, hn::Lt(hn::ShiftLeft<16>(x), threshold_));
    high = hn::RebindMask(f, hn::Lt(x, threshold_));
  }

 private:
  hn::Vec<Words> row_key_, threshold_;
  hn::Vec<Words> word_steps_;  // words 0, 1, 2 … times kWordStep
};

// The largest of logits [columns]; `columns` is not empty.
// reference: largest = std::max(largest, weights[j])
HWY_INLINE float largest_logit(const float* logits, Columns columns) {
  const Wide d;
  const auto lowest = hn::Set(d, std::numeric_limits<float>::lowest());
  auto low_half = lowest, high_half = lowest;  // two independent chains hide the latency
  for_each_step(columns, [&](Index first, bool mask_lanes) HWY_ATTR {
    for (Index i = first; i < first + kStep / 2; i += kLanes) {
      auto low = hn::LoadU(d, logits + i), high = hn::LoadU(d, logits + i + kStep / 2);
      if (mask_lanes) {
        low = hn::IfThenElse(lanes_in(columns, i), low, lowest);
        high = hn::IfThenElse(lanes_in(columns, i + kStep / 2), high, lowest);
      }
      low_half = hn::Max(low_half, low);
      high_half = hn::Max(high_half, high);
    }
  });
  return hn::GetLane(hn::MaxOfLanes(d, hn::Max(low_half, high_half)));
}

// Replaces logits [columns] by e^(logit - largest), and by 0 if the weight is dropped. Returns the
// sum of the exponentials before dropout. With kDrop, first_key must be a multiple of 32.
// reference: sum += weights[j] = std::exp(weights[j] - largest)
template <bool kDrop>
HWY_INLINE float softmax_row(float* logits, Columns columns, float largest, Index first_key,
                             const RowDropout& dropout) {
  const Wide d;
  const auto top = hn::Set(d, largest);
  auto sum = hn::Zero(d);
  for_each_step(columns, [&](Index first, bool mask_lanes) HWY_ATTR {
    for (Index i = 0; i < kStep / 2; i += kLanes) {
      float *const low_at = logits + first + i, *const high_at = low_at + kStep / 2;
      auto low = exponential(hn::Sub(hn::LoadU(d, low_at), top));
      auto high = exponential(hn::Sub(hn::LoadU(d, high_at), top));
      if (mask_lanes) {
        low = hn::IfThenElseZero(lanes_in(columns, first + i), low);
        high = hn::IfThenElseZero(lanes_in(columns, first + i + kStep / 2), high);
      }
      sum = hn::Add(sum, hn::Add(low, high));
      if constexpr (kDrop) {
        hn::Mask<Wide> low_drops, high_drops;
        dropout.draw(first_key + first, i, low_drops, high_drops);
        low = hn::IfThenZeroElse(low_drops, low);
        high = hn::IfThenZeroElse(high_drops, high);
      }
      hn::StoreU(low, d, low_at);
      hn::StoreU(high, d, high_at);
    }
  });
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

// Backward pass through dropout and softmax, for one query and `columns`:
//   a = e^(logit - log_sum)       replaces `logits`; 0 if the weight is dropped
//   dlogit = a (da - mean)        replaces `gradient`, which holds da; da is 0 if dropped
// reference: da[j] *= factor; dlogit = scale * a[j] * (da[j] - mean)
// The factor of the kept weights is in da already; the caller applies `scale`.
struct SoftmaxRowGradient {
  float *logits, *gradient;
  Columns columns;
  float log_sum;  // logarithm of the sum of the row's exponentials
  float mean;     // sum over the row of a · da
  Index first_key;
};
template <bool kDrop>
HWY_INLINE void softmax_row_backward(const SoftmaxRowGradient& row, const RowDropout& dropout) {
  float *const logits = row.logits, *const gradient = row.gradient;
  const Columns columns = row.columns;
  const Index first_key = row.first_key;
  const Wide d;
  const auto row_log_sum = hn::Set(d, row.log_sum), row_mean = hn::Set(d, row.mean);
  for_each_step(columns, [&](Index first, bool mask_lanes) HWY_ATTR {
    for (Index i = 0; i < kStep / 2; i += kLanes) {
      const Index at[2] = {first + i, first + i + kStep / 2};
      hn::Mask<Wide> drops[2];
      if constexpr (kDrop) dropout.draw(first_key + first, i, drops[0], drops[1]);
      for (const int half : {0, 1}) {
        auto weight = exponential(hn::Sub(hn::LoadU(d, logits + at[half]), row_log_sum));
        auto weight_gradient = hn::LoadU(d, gradient + at[half]);
        if (mask_lanes) weight = hn::IfThenElseZero(lanes_in(columns, at[half]), weight);
        auto kept_weight = weight;
        if constexpr (kDrop) {
          weight_gradient = hn::IfThenZeroElse(drops[half], weight_gradient);
          kept_weight = hn::IfThenZeroElse(drops[half], weight);
        }
        auto logit_gradient = hn::Mul(weight, hn::Sub(weight_gradient, row_mean));
        if (mask_lanes) {
          logit_gradient = hn::IfThenElseZero(lanes_in(columns, at[half]), logit_gradient);
        }
        hn::StoreU(kept_weight, d, logits + at[half]);
        hn::StoreU(logit_gradient, d, gradient + at[half]);
      }
    }
  });
}

}  // namespace pno::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PNO_TRAIN_ATTENTION_SOFTMAX_INL_H_
