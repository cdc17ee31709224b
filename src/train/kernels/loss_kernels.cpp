#include "train/kernels/loss_kernels.h"

#include <algorithm>
#include <bit>
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

// The lanes of the outputs from i that are in the set. A vector does not cross a word.
template <class D>
HWY_INLINE hn::Mask<D> lanes_in(D d, const std::uint64_t* set, std::int64_t i) {
  const std::uint64_t bits = set[i / 64] >> (i % 64);
  return hn::LoadMaskBits(d, reinterpret_cast<const std::uint8_t*>(&bits));
}

HWY_INLINE int size_of(const std::uint64_t* set, std::int64_t words) {
  int size = 0;
  for (std::int64_t i = 0; i < words; ++i) size += std::popcount(set[i]);
  return size;
}

// One row; see loss_kernels.h.
struct Row {
  float* z;
  std::int64_t columns, target;
  const std::uint64_t* allowed;
};

// Over the outputs, and over the allowed ones.
struct RowSums {
  float all, allowed;  // of exp(z - largest)
  int outputs;         // allowed
};

// Replaces exp(z - largest) by the gradient, and adds it to bias_gradient.
HWY_INLINE void write_gradient(const Row& row, const RowSums& sums, const LossWeights& weights,
                               float* bias_gradient) {
  auto* const z = row.z;
  const auto smoothing = static_cast<float>(weights.smoothing);
  const auto grammar = static_cast<float>(weights.grammar);
  const float other = grammar / sums.all, among_allowed = (1 - grammar) / sums.allowed;
  const float factor = other + among_allowed;
  // With the weight 1 this is the sum itself, not the inverse of its inverse.
  const float unit = among_allowed == 0 ? sums.all / grammar : 1 / factor;
  z[row.target] -= (1 - smoothing) * unit;
  const float spread = smoothing / static_cast<float>(sums.outputs);
  for_each_vector(row.columns, [=](auto d, std::int64_t i) HWY_ATTR {
    const auto allowed = lanes_in(d, row.allowed, i);
    const auto scale = hn::IfThenElse(allowed, hn::Set(d, factor), hn::Set(d, other));
    const auto less = hn::IfThenElseZero(allowed, hn::Set(d, spread));
    const auto gradient = hn::MulSub(hn::LoadU(d, z + i), scale, less);
    hn::StoreU(gradient, d, z + i);
    add_to(d, bias_gradient + i, gradient);
  });
}

LossSums softmax_loss_here(const LossRows& rows, const LossWeights& weights) {
  const auto columns = rows.columns, words = allowed_words(columns);
  LossSums total;
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    auto* const z = rows.logits + i * columns;
    const auto* const allowed = rows.allowed + i * words;
    const auto target = rows.targets[i];
    const float largest = add_bias(z, rows.bias, columns);
    const float target_logit = z[target] - largest;
    RowSums sums{.all = 0, .allowed = 0, .outputs = size_of(allowed, words)};
    float mean = 0;  // of z - largest over the allowed
    if (weights.smoothing > 0) {
      mean = sum_of(columns,
                    [=](auto d, std::int64_t at) HWY_ATTR {
                      const auto less = hn::Sub(hn::LoadU(d, z + at), hn::Set(d, largest));
                      return hn::IfThenElseZero(lanes_in(d, allowed, at), less);
                    }) /
             static_cast<float>(sums.outputs);
    }
    sums.all = sum_of(columns, [=](auto d, std::int64_t at) HWY_ATTR {
      const auto power = hn::Exp(d, hn::Sub(hn::LoadU(d, z + at), hn::Set(d, largest)));
      hn::StoreU(power, d, z + at);
      return power;
    });
    sums.allowed = sum_of(columns, [=](auto d, std::int64_t at) HWY_ATTR {
      return hn::IfThenElseZero(lanes_in(d, allowed, at), hn::LoadU(d, z + at));
    });
    // All allowed logits may be so far below the largest that their powers are 0.
    sums.allowed = std::max(sums.allowed, std::numeric_limits<float>::min());
    const double log_all = std::log(static_cast<double>(sums.all));
    const double log_allowed = std::log(static_cast<double>(sums.allowed));
    const double nll = log_all - target_logit, smoothing = weights.smoothing;
    const double nll_grammar = log_allowed - target_logit;
    total.nll += nll;
    total.nll_grammar += nll_grammar;
    if (rows.of_rows != nullptr) {
      rows.of_rows[2 * i] = nll;
      rows.of_rows[2 * i + 1] = nll_grammar;
    }
    total.objective += (1 - smoothing) * nll + smoothing * (log_all - mean) -
                       (1 - weights.grammar) * (log_all - log_allowed);
    if (rows.bias_gradient == nullptr) continue;
    write_gradient({z, columns, target, allowed}, sums, weights, rows.bias_gradient);
  }
  return total;
}

}  // namespace pno::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pno::train {

HWY_EXPORT(softmax_loss_here);

LossSums softmax_loss(const LossRows& rows, const LossWeights& weights) {
  return HWY_DYNAMIC_DISPATCH(softmax_loss_here)(rows, weights);
}

}  // namespace pno::train
#endif  // HWY_ONCE
