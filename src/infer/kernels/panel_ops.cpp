#include "infer/kernels/panel_ops.h"

#include <type_traits>

#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "infer/kernels/panel_ops.cpp"
#include <hwy/foreach_target.h>
// Highway's own order: foreach_target.h comes before what it repeats.
#include <hwy/highway.h>

#include "infer/kernels/panel_sums-inl.h"

PNO_BEFORE_PANELS
namespace pno::infer::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Words = hn::RebindToUnsigned<Floats>;

// Where the sums of a tile go, from position n and row m on. Read once: for all that a compiler
// knows, numbers stored to `out` might change what the product says.
struct Ending {
  HWY_INLINE Ending(const PanelProduct& p, std::size_t n, std::size_t m)
      : out(p.out.data + n * p.out.stride + m),
        bias(p.bias == nullptr ? nullptr : p.bias + m),
        stride(p.out.stride),
        rows(p.M - m),
        accumulate(p.accumulate) {}

  // Position i, vector v: kLanes rows …
  HWY_INLINE void put_all(std::size_t i, std::size_t v, hn::Vec<Floats> sum) const {
    const Floats d;
    float* to = out + i * stride + v * kLanes;
    if (bias != nullptr) sum = hn::Add(sum, hn::LoadU(d, bias + v * kLanes));
    if (accumulate) sum = hn::Add(hn::LoadU(d, to), sum);
    hn::StoreU(sum, d, to);
  }
  // … or as many of them as are wanted.
  HWY_INLINE void put_wanted(std::size_t i, std::size_t v, hn::Vec<Floats> sum) const {
    const std::size_t first = v * kLanes;
    if (first + kLanes <= rows) return put_all(i, v, sum);
    float* to = out + i * stride;
    HWY_ALIGN float numbers[kLanes];
    hn::Store(sum, Floats(), numbers);
    for (std::size_t row = first; row < rows; ++row) {
      float number = numbers[row - first];
      if (bias != nullptr) number += bias[row];
      to[row] = accumulate ? to[row] + number : number;
    }
  }

  float* out;
  const float* bias;
  std::size_t stride, rows;  // rows from m on
  bool accumulate;
};

// Calls tile(positions, vectors, n, m) until all is done, with kMost, kMost / 2, … 1 positions for
// each group of kWidth vectors of rows, whose weights stay in the cache for all positions; the rows
// after the last whole group in smaller ones.
template <std::size_t kMost, std::size_t kWidth, class Tile>
HWY_INLINE void for_each_tile(const PanelProduct& p, const Tile& tile, std::size_t first = 0) {
  constexpr std::size_t kGroupRows = kWidth * kLanes;
  const std::size_t rows = panels_of(p.M) * kPanelRows;
  std::size_t m = first;
  for (; m < p.M && (kWidth == kVectors || m + kGroupRows <= rows); m += kGroupRows) {
    std::size_t n = 0;
    const auto go_on = [&](auto positions) PNO_PANEL_ATTR {
      constexpr std::integral_constant<std::size_t, kWidth> kVectorsNow;
      for (; n + positions <= p.N; n += positions) tile(positions, kVectorsNow, n, m);
    };
    if constexpr (kMost >= 8) go_on(std::integral_constant<std::size_t, 8>());
    if constexpr (kMost >= 4) go_on(std::integral_constant<std::size_t, 4>());
    if constexpr (kMost >= 2) go_on(std::integral_constant<std::size_t, 2>());
    go_on(std::integral_constant<std::size_t, 1>());
  }
  if constexpr (kWidth > kVectors) for_each_tile<kMost, kWidth / 2>(p, tile, m);
}

// bf16: the upper half of a lane is a number whose float32 it is, the lower one a shift away.
// Activations stay float32. Even and odd numbers have a sum each.
template <std::size_t kPositions, std::size_t kWidth>
HWY_INLINE void multiply_bf16_tile(const PanelProduct& p, std::size_t n, std::size_t m) {
  const Floats d;
  const Words words;
  hn::Vec<Floats> even[kPositions][kWidth], odd[kPositions][kWidth];
  for (std::size_t v = 0; v < kWidth; ++v) {
    for (std::size_t i = 0; i < kPositions; ++i) even[i][v] = odd[i][v] = hn::Zero(d);
  }
  const Columns<kWidth> w(p, m);
  const float* x = p.x.data + n * p.x.stride;
  const auto add = [&](std::size_t k, bool has_odd) PNO_PANEL_ATTR {
    for (std::size_t v = 0; v < kWidth; ++v) {
      w.look_ahead(v, k / 2);
      const auto pairs = hn::LoadU(
          words, reinterpret_cast<const std::uint32_t*>(w.vector[v] + k / 2 * kStepBytes));
      const auto low = hn::BitCast(d, hn::ShiftLeft<16>(pairs));
      const auto high = hn::BitCast(d, hn::And(pairs, hn::Set(words, 0xFFFF0000U)));
      for (std::size_t i = 0; i < kPositions; ++i) {
        const float* inputs = x + i * p.x.stride + k;
        even[i][v] = hn::MulAdd(hn::Set(d, inputs[0]), low, even[i][v]);
        if (has_odd) odd[i][v] = hn::MulAdd(hn::Set(d, inputs[1]), high, odd[i][v]);
      }
    }
  };
  std::size_t k = 0;
  for (; k + 2 <= p.K; k += 2) add(k, true);
  if (k < p.K) add(k, false);
  const Ending ending(p, n, m);
  for (std::size_t i = 0; i < kPositions; ++i) {
    for (std::size_t v = 0; v < kWidth; ++v)
      ending.put_wanted(i, v, hn::Add(even[i][v], odd[i][v]));
  }
}

// What whole sums are, whose rows have the scales from there on, or none.
HWY_INLINE hn::Vec<Floats> number_of(hn::Vec<Ints> sum, hn::Vec<Ints> offset, hn::Vec<Floats> scale,
                                     const float* scales) {
  const Floats d;
  const auto number = hn::Mul(hn::ConvertTo(d, hn::Sub(sum, offset)), scale);
  return scales == nullptr ? number : hn::Mul(number, hn::LoadU(d, scales));
}

// The sums of a tile as numbers, where all of its rows are wanted.
template <std::size_t kPositions, std::size_t kWidth>
HWY_INLINE void finish_int8_tile(const PanelProduct& p, std::size_t n, std::size_t m,
                                 const hn::Vec<Ints> (&sums)[kPositions][kWidth]) {
  const Floats d;
  const Ints ints;
  const Ending ending(p, n, m);
  const float* scales = p.w.scales == nullptr ? nullptr : p.w.scales + m;
  const std::int32_t* sums_of_inputs = p.quantised.sums + n;
  const float* scales_of_inputs = p.quantised.scales + n;
  HWY_UNROLL(8)
  for (std::size_t i = 0; i < kPositions; ++i) {
    const auto offset = hn::Set(ints, sums_of_inputs[i] * kByteOffset);
    const auto scale = hn::Set(d, scales_of_inputs[i]);
    HWY_UNROLL(8)
    for (std::size_t v = 0; v < kWidth; ++v) {
      const float* of_rows = scales == nullptr ? nullptr : scales + v * kLanes;
      ending.put_all(i, v, number_of(sums[i][v], offset, scale, of_rows));
    }
  }
}

// The same for a tile some of whose rows are not, and where a product is done in parts.
template <std::size_t kPositions, std::size_t kWidth>
HWY_INLINE void finish_odd_int8_tile(const PanelProduct& p, std::size_t n, std::size_t m,
                                     const hn::Vec<Ints> (&sums)[kPositions][kWidth]) {
  const Floats d;
  const Ints ints;
  const Ending ending(p, n, m);
  const std::size_t stride = panels_of(p.M) * kPanelRows;  // of sums that go from part to part
  for (std::size_t i = 0; i < kPositions; ++i) {
    const auto offset = hn::Set(ints, p.quantised.sums[n + i] * kByteOffset);
    const auto scale = hn::Set(d, p.quantised.scales[n + i]);
    for (std::size_t v = 0; v < kWidth && m + v * kLanes < p.M; ++v) {
      auto whole = sums[i][v];
      const std::size_t first = m + v * kLanes, place = (n + i) * stride + first;
      if (p.part.before != nullptr) whole = hn::Add(whole, hn::LoadU(ints, p.part.before + place));
      if (p.part.after != nullptr) {
        hn::StoreU(whole, ints, p.part.after + place);
        continue;
      }
      const float* of_rows = p.w.scales == nullptr ? nullptr : p.w.scales + first;
      ending.put_wanted(i, v, number_of(whole, offset, scale, of_rows));
    }
  }
}

template <std::size_t kPositions, std::size_t kWidth>
HWY_INLINE void multiply_int8_tile(const PanelProduct& p, std::size_t n, std::size_t m) {
  hn::Vec<Ints> sums[kPositions][kWidth];
  sum_bytes(p, n, Columns<kWidth>(p, m), sums);
  const bool is_part = p.part.before != nullptr || p.part.after != nullptr;
  if (!is_part && m + kWidth * kLanes <= p.M) {
    finish_int8_tile(p, n, m, sums);
  } else {
    finish_odd_int8_tile(p, n, m, sums);
  }
}

// As many positions at once as the registers hold sums for.
constexpr std::size_t kMostInt8Positions = PNO_VNNI ? 8 : HWY_CAP_GE512 ? 4 : 2;
constexpr std::size_t kMostBf16Positions = HWY_CAP_GE512 ? 4 : 2;

void multiply_panels_here(const PanelProduct& p) {
  if (p.w.precision == Precision::bf16) {
    const auto tile = [&](auto positions, auto vectors, std::size_t n,
                          std::size_t m) PNO_PANEL_ATTR {
      multiply_bf16_tile<decltype(positions)::value, decltype(vectors)::value>(p, n, m);
    };
    if (kVectorsOfOne > kVectors && p.N == 1) return for_each_tile<1, kVectorsOfOne>(p, tile);
    for_each_tile<kMostBf16Positions, kVectors>(p, tile);
    return;
  }
  const auto tile = [&](auto positions, auto vectors, std::size_t n, std::size_t m) PNO_PANEL_ATTR {
    multiply_int8_tile<decltype(positions)::value, decltype(vectors)::value>(p, n, m);
  };
  if (kVectorsOfOne > kVectors && p.N == 1) {
    for_each_tile<1, kVectorsOfOne>(p, tile);
  } else if (kVectorsOfFour > kVectors && p.N <= 4) {
    for_each_tile<4, kVectorsOfFour>(p, tile);
  } else {
    for_each_tile<kMostInt8Positions, kVectors>(p, tile);
  }
}

}  // namespace pno::infer::HWY_NAMESPACE
PNO_AFTER_PANELS

#if HWY_ONCE
namespace pno::infer {

HWY_EXPORT(multiply_panels_here);

void multiply_panels(const PanelProduct& product) {
  PNO_CHECK(product.K <= kMostNumbers, "sums of a product in int8 may overflow");
  if (product.M == 0 || product.N == 0) return;
  HWY_DYNAMIC_DISPATCH(multiply_panels_here)(product);
}

}  // namespace pno::infer
#endif  // HWY_ONCE
