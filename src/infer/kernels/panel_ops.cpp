#include "infer/kernels/panel_ops.h"

#include <type_traits>

#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "infer/kernels/panel_ops.cpp"
#include <hwy/foreach_target.h>
// Highway requires this order: foreach_target.h, then the headers that it compiles again.
#include <hwy/highway.h>

#include "infer/kernels/panel_sums-inl.h"

PNO_BEFORE_PANELS
namespace pno::infer::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Words = hn::RebindToUnsigned<Floats>;

// Destination of a tile that begins at position n and row m. Copies the fields of the product: a
// compiler must assume that stores to `out` alias it, and would load them again each time.
struct TileOutput {
  HWY_INLINE TileOutput(const PanelProduct& p, std::size_t n, std::size_t m)
      : out(p.out.data + n * p.out.stride + m),
        bias(p.bias == nullptr ? nullptr : p.bias + m),
        stride(p.out.stride),
        rows(p.M - m),
        accumulate(p.accumulate) {}

  // Stores all kLanes rows of vector v at position i.
  HWY_INLINE void store(std::size_t i, std::size_t v, hn::Vec<Floats> sum) const {
    const Floats d;
    float* to = out + i * stride + v * kLanes;
    if (bias != nullptr) sum = hn::Add(sum, hn::LoadU(d, bias + v * kLanes));
    if (accumulate) sum = hn::Add(hn::LoadU(d, to), sum);
    hn::StoreU(sum, d, to);
  }
  // The same, but only the rows before M.
  HWY_INLINE void store_in_range(std::size_t i, std::size_t v, hn::Vec<Floats> sum) const {
    const std::size_t first = v * kLanes;
    if (first + kLanes <= rows) return store(i, v, sum);
    float* to = out + i * stride;
    HWY_ALIGN float values[kLanes];
    hn::Store(sum, Floats(), values);
    for (std::size_t row = first; row < rows; ++row) {
      float value = values[row - first];
      if (bias != nullptr) value += bias[row];
      to[row] = accumulate ? to[row] + value : value;
    }
  }

  float* out;
  const float* bias;
  std::size_t stride, rows;  // rows: M - m
  bool accumulate;
};

// Covers the product with tile(positions, vectors, n, m). For each group of kWidth vectors of rows
// it takes kMaxPositions, kMaxPositions / 2, … 1 positions at a time, so that the weights of the
// group stay in the cache for all positions. Rows after the last full group are taken in smaller
// groups.
template <std::size_t kMaxPositions, std::size_t kWidth, class Tile>
HWY_INLINE void for_each_tile(const PanelProduct& p, const Tile& tile, std::size_t first = 0) {
  constexpr std::size_t kGroupRows = kWidth * kLanes;
  const std::size_t rows = panel_count(p.M) * kPanelRows;
  std::size_t m = first;
  for (; m < p.M && (kWidth == kVectors || m + kGroupRows <= rows); m += kGroupRows) {
    std::size_t n = 0;
    const auto take = [&](auto positions) PNO_PANEL_ATTR {
      constexpr std::integral_constant<std::size_t, kWidth> kVectorsNow;
      for (; n + positions <= p.N; n += positions) tile(positions, kVectorsNow, n, m);
    };
    if constexpr (kMaxPositions >= 8) take(std::integral_constant<std::size_t, 8>());
    if constexpr (kMaxPositions >= 4) take(std::integral_constant<std::size_t, 4>());
    if constexpr (kMaxPositions >= 2) take(std::integral_constant<std::size_t, 2>());
    take(std::integral_constant<std::size_t, 1>());
  }
  if constexpr (kWidth > kVectors) for_each_tile<kMaxPositions, kWidth / 2>(p, tile, m);
}

// bf16: a lane holds two values. The odd one is the lane with its lower half cleared, as a float32;
// the even one is the lane shifted left by 16. Activations stay float32. Even and odd values have
// an accumulator each.
template <std::size_t kPositions, std::size_t kWidth>
HWY_INLINE void multiply_bf16_tile(const PanelProduct& p, std::size_t n, std::size_t m) {
  const Floats d;
  const Words words;
  hn::Vec<Floats> even[kPositions][kWidth], odd[kPositions][kWidth];
  for (std::size_t v = 0; v < kWidth; ++v) {
    for (std::size_t i = 0; i < kPositions; ++i) even[i][v] = odd[i][v] = hn::Zero(d);
  }
  const PanelVectors<kWidth> w(p, m);
  const float* x = p.x.row(n);
  const auto add = [&](std::size_t k, bool has_odd) PNO_PANEL_ATTR {
    for (std::size_t v = 0; v < kWidth; ++v) {
      w.prefetch(v, k / 2);
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
  for (; k + 2 <= p.K; k += 2) add(k, /*has_odd=*/true);
  if (k < p.K) add(k, /*has_odd=*/false);
  const TileOutput output(p, n, m);
  for (std::size_t i = 0; i < kPositions; ++i) {
    for (std::size_t v = 0; v < kWidth; ++v)
      output.store_in_range(i, v, hn::Add(even[i][v], odd[i][v]));
  }
}

// (accumulator - offset) · scale of the input row · scales of the panel rows (null: 1).
HWY_INLINE hn::Vec<Floats> dequantise(hn::Vec<Ints> accumulator, hn::Vec<Ints> offset,
                                      hn::Vec<Floats> scale, const float* scales) {
  const Floats d;
  const auto value = hn::Mul(hn::ConvertTo(d, hn::Sub(accumulator, offset)), scale);
  return scales == nullptr ? value : hn::Mul(value, hn::LoadU(d, scales));
}

// Stores an int8 tile that lies before row M.
template <std::size_t kPositions, std::size_t kWidth>
HWY_INLINE void store_int8_tile(const PanelProduct& p, std::size_t n, std::size_t m,
                                const hn::Vec<Ints> (&sums)[kPositions][kWidth]) {
  const Floats d;
  const Ints ints;
  const TileOutput output(p, n, m);
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
      output.store(i, v, dequantise(sums[i][v], offset, scale, of_rows));
    }
  }
}

// Stores an int8 tile that may cross row M, or whose product is a part of a longer one.
template <std::size_t kPositions, std::size_t kWidth>
HWY_INLINE void store_int8_tile_in_range(const PanelProduct& p, std::size_t n, std::size_t m,
                                         const hn::Vec<Ints> (&sums)[kPositions][kWidth]) {
  const Floats d;
  const Ints ints;
  const TileOutput output(p, n, m);
  const std::size_t stride = panel_count(p.M) * kPanelRows;  // of the accumulators between parts
  for (std::size_t i = 0; i < kPositions; ++i) {
    const auto offset = hn::Set(ints, p.quantised.sums[n + i] * kByteOffset);
    const auto scale = hn::Set(d, p.quantised.scales[n + i]);
    for (std::size_t v = 0; v < kWidth && m + v * kLanes < p.M; ++v) {
      auto accumulator = sums[i][v];
      const std::size_t first = m + v * kLanes, index = (n + i) * stride + first;
      if (p.part.accumulators_in != nullptr) {
        accumulator = hn::Add(accumulator, hn::LoadU(ints, p.part.accumulators_in + index));
      }
      if (p.part.accumulators_out != nullptr) {
        hn::StoreU(accumulator, ints, p.part.accumulators_out + index);
        continue;
      }
      const float* of_rows = p.w.scales == nullptr ? nullptr : p.w.scales + first;
      output.store_in_range(i, v, dequantise(accumulator, offset, scale, of_rows));
    }
  }
}

template <std::size_t kPositions, std::size_t kWidth>
HWY_INLINE void multiply_int8_tile(const PanelProduct& p, std::size_t n, std::size_t m) {
  hn::Vec<Ints> sums[kPositions][kWidth];
  sum_bytes(p, n, PanelVectors<kWidth>(p, m), sums);
  const bool is_part = p.part.accumulators_in != nullptr || p.part.accumulators_out != nullptr;
  if (!is_part && m + kWidth * kLanes <= p.M) {
    store_int8_tile(p, n, m, sums);
  } else {
    store_int8_tile_in_range(p, n, m, sums);
  }
}

// The registers hold accumulators for this many positions.
constexpr std::size_t kMaxInt8Positions = PNO_VNNI ? 8 : HWY_CAP_GE512 ? 4 : 2;
constexpr std::size_t kMaxBf16Positions = HWY_CAP_GE512 ? 4 : 2;

void multiply_panels_here(const PanelProduct& p) {
  if (p.w.precision == Precision::bf16) {
    const auto tile = [&](auto positions, auto vectors, std::size_t n,
                          std::size_t m) PNO_PANEL_ATTR {
      multiply_bf16_tile<decltype(positions)::value, decltype(vectors)::value>(p, n, m);
    };
    if (kVectorsOfOne > kVectors && p.N == 1) return for_each_tile<1, kVectorsOfOne>(p, tile);
    for_each_tile<kMaxBf16Positions, kVectors>(p, tile);
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
    for_each_tile<kMaxInt8Positions, kVectors>(p, tile);
  }
}

}  // namespace pno::infer::HWY_NAMESPACE
PNO_AFTER_PANELS

#if HWY_ONCE
namespace pno::infer {

HWY_EXPORT(multiply_panels_here);

void multiply_panels(const PanelProduct& product) {
  PNO_CHECK(product.K <= kMaxProductLength, "int8 accumulators may overflow");
  if (product.M == 0 || product.N == 0) return;
  HWY_DYNAMIC_DISPATCH(multiply_panels_here)(product);
}

}  // namespace pno::infer
#endif  // HWY_ONCE
