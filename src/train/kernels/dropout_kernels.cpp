#include "train/kernels/dropout_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/kernels/dropout_kernels.cpp"
#include <hwy/foreach_target.h>
// Highway's required order: foreach_target.h comes before the headers that it includes again.
#include <hwy/highway.h>

#include "simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pno::train::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using simd::HWY_NAMESPACE::add_to;
using simd::HWY_NAMESPACE::for_each_vector;

// The finaliser of MurmurHash3 (Appleby 2011): each bit of x changes each bit of the result with a
// probability near 1/2.
template <class D32, class V = hn::Vec<D32>>
HWY_INLINE V mixed(D32 d, V x) {
  x = hn::Mul(hn::Xor(x, hn::ShiftRight<16>(x)), hn::Set(d, 0x85EBCA6BU));
  x = hn::Mul(hn::Xor(x, hn::ShiftRight<13>(x)), hn::Set(d, 0xC2B2AE35U));
  return hn::Xor(x, hn::ShiftRight<16>(x));
}

// The factors of elements `index`, `index` + 1 ….
template <class D>
HWY_INLINE hn::Vec<D> factors(D d, const DropoutDraws& draws, std::int64_t index) {
  const hn::RebindToUnsigned<D> bits;
  const auto low = static_cast<std::uint32_t>(draws.seed);
  const auto high = static_cast<std::uint32_t>(draws.seed >> 32);
  // The two halves of the seed enter differently, so that the draws of one seed are never those of
  // another, shifted: the low half after a round of mixing, the high half as an offset longer than
  // any tensor.
  constexpr std::uint32_t kJump = 0x9E3779B9;
  const auto places = hn::Iota(bits, static_cast<std::uint32_t>(draws.first + index) +
                                         static_cast<std::uint32_t>(high * kJump));
  const auto draw = mixed(bits, hn::Xor(mixed(bits, places), hn::Set(bits, low)));
  // Signed comparison of unsigned values, with their top bits flipped: x86 has no unsigned one.
  const hn::RebindToSigned<D> signed_bits;
  const auto ordered = [&](auto x) HWY_ATTR {
    return hn::BitCast(signed_bits, hn::Xor(x, hn::Set(bits, 0x80000000U)));
  };
  const auto dropped = hn::Lt(ordered(draw), ordered(hn::Set(bits, draws.threshold)));
  return hn::IfThenZeroElse(hn::RebindMask(d, dropped), hn::Set(d, draws.scale));
}

void fill_mask_here(const DropoutDraws& draws, std::int64_t first, float* mask, std::int64_t size) {
  for_each_vector(size, [=](auto d, std::int64_t i)
                            HWY_ATTR { hn::StoreU(factors(d, draws, first + i), d, mask + i); });
}

void drop_here(const DropoutDraws& draws, std::int64_t first, const float* x, float* out,
               std::int64_t size) {
  for_each_vector(size, [=](auto d, std::int64_t i) HWY_ATTR {
    hn::StoreU(hn::Mul(hn::LoadU(d, x + i), factors(d, draws, first + i)), d, out + i);
  });
}

void add_dropped_here(const DropoutDraws& draws, const DropoutRows& at, const ResidualSum& sum) {
  auto first = at.first;
  auto *x = sum.x, *branch = sum.branch, *bias = sum.bias;
  auto* out = sum.out;
  for (std::int64_t row = 0; row < at.rows; ++row) {
    for_each_vector(at.columns, [=](auto d, std::int64_t i) HWY_ATTR {
      auto value = hn::LoadU(d, branch + i);
      if (bias != nullptr) value = hn::Add(value, hn::LoadU(d, bias + i));
      if (draws.threshold == 0) {
        hn::StoreU(hn::Add(hn::LoadU(d, x + i), value), d, out + i);
        return;
      }
      const auto factor = factors(d, draws, first + i);
      hn::StoreU(hn::MulAdd(value, factor, hn::LoadU(d, x + i)), d, out + i);
    });
    first += at.columns;
    x += at.columns;
    branch += at.columns;
    out += at.columns;
  }
}

void drop_backward_here(const DropoutDraws& draws, const DropoutRows& at,
                        const ResidualGradient& of) {
  auto first = at.first;
  auto* gradient = of.gradient;
  auto *out = of.out, *bias_gradient = of.bias_gradient;
  for (std::int64_t row = 0; row < at.rows; ++row) {
    for_each_vector(at.columns, [=](auto d, std::int64_t i) HWY_ATTR {
      auto value = hn::LoadU(d, gradient + i);
      if (draws.threshold != 0) value = hn::Mul(value, factors(d, draws, first + i));
      hn::StoreU(value, d, out + i);
      if (bias_gradient != nullptr) add_to(d, bias_gradient + i, value);
    });
    first += at.columns;
    gradient += at.columns;
    out += at.columns;
  }
}

}  // namespace pno::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pno::train {

HWY_EXPORT(fill_mask_here);
HWY_EXPORT(drop_here);
HWY_EXPORT(add_dropped_here);
HWY_EXPORT(drop_backward_here);

DropoutDraws::DropoutDraws(double rate, std::uint64_t with_seed) : seed(with_seed) {
  constexpr double kDraws = 4294967296;  // 2^32
  const double below = std::min(std::round(rate * kDraws), kDraws - 1);
  threshold = static_cast<std::uint32_t>(below);
  scale = static_cast<float>(kDraws / (kDraws - below));
}

void fill_mask(const DropoutDraws& draws, std::int64_t first, float* mask, std::int64_t size) {
  HWY_DYNAMIC_DISPATCH(fill_mask_here)(draws, first, mask, size);
}

void drop(const DropoutDraws& draws, std::int64_t first, const float* x, float* out,
          std::int64_t size) {
  HWY_DYNAMIC_DISPATCH(drop_here)(draws, first, x, out, size);
}

void add_dropped(const DropoutDraws& draws, const DropoutRows& at, const ResidualSum& sum) {
  HWY_DYNAMIC_DISPATCH(add_dropped_here)(draws, at, sum);
}

void drop_backward(const DropoutDraws& draws, const DropoutRows& at, const ResidualGradient& of) {
  HWY_DYNAMIC_DISPATCH(drop_backward_here)(draws, at, of);
}

}  // namespace pno::train
#endif  // HWY_ONCE
