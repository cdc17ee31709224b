// The int8 inner loops of panel_ops.cpp: reading packed panels and summing integer products;
// compiled once for each SIMD target.

// Highway's include guard: the file is included once for each target.
#if defined(PNO_INFER_PANEL_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PNO_INFER_PANEL_SUMS_INL_H_
#undef PNO_INFER_PANEL_SUMS_INL_H_
#else
#define PNO_INFER_PANEL_SUMS_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "infer/kernels/panel_product.h"
#include "infer/kernels/quantise-inl.h"

// Highway 1.0 checks for AVX-512 VNNI before it chooses AVX3_DL, but does not enable it in the
// compiler; these attributes do.
#undef PNO_VNNI
#undef PNO_PANEL_TARGET
#undef PNO_PANEL_ATTR
#undef PNO_BEFORE_PANELS
#undef PNO_AFTER_PANELS
#if HWY_TARGET == HWY_AVX3_DL
#define PNO_VNNI 1
#define PNO_PANEL_TARGET HWY_TARGET_STR ",avx512vnni"
#define PNO_PANEL_ATTR __attribute__((target(PNO_PANEL_TARGET)))
#define PNO_BEFORE_PANELS HWY_PUSH_ATTRIBUTES(PNO_PANEL_TARGET)
#define PNO_AFTER_PANELS HWY_POP_ATTRIBUTES
#include <immintrin.h>
#else
#define PNO_VNNI 0
#define PNO_PANEL_ATTR HWY_ATTR
#define PNO_BEFORE_PANELS HWY_BEFORE_NAMESPACE();
#define PNO_AFTER_PANELS HWY_AFTER_NAMESPACE();
#endif

PNO_BEFORE_PANELS
namespace pno::infer::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, kPanelRows>;
using Ints = hn::RebindToSigned<Floats>;

// kLanes lanes of a vector, each one row of a panel. kVectors vectors are summed side by side, so
// that even one position has enough independent accumulators to hide the latency of an addition.
// With few positions there are registers for more vectors: more weights are in flight.
constexpr std::size_t kLanes = HWY_LANES(float) < kPanelRows ? HWY_LANES(float) : kPanelRows;
constexpr std::size_t kVectors = 2;
#if PNO_VNNI
constexpr std::size_t kVectorsOfOne = 8, kVectorsOfFour = 4;
#else
constexpr std::size_t kVectorsOfOne = kVectors, kVectorsOfFour = kVectors;
#endif

// Prefetch distance: several panels are read side by side, which the hardware prefetcher follows
// badly when other threads use the memory, too.
constexpr std::size_t kPrefetchBytes = 1024;

// Addresses of kWidth vectors of panel rows, from row m on; a step advances each by 64 bytes.
// Vectors after the last panel repeat the first one; their sums are not used.
template <std::size_t kWidth>
struct PanelVectors {
  static constexpr std::size_t kVectorsOfPanel = kPanelRows / kLanes;

  HWY_INLINE PanelVectors(const PanelProduct& p, std::size_t m) {
    for (std::size_t v = 0; v < kWidth; ++v) {
      const std::size_t row = m + v * kLanes < panel_count(p.M) * kPanelRows ? m + v * kLanes : m;
      vector[v] =
          p.w.data + row / kPanelRows * p.w.panel_size_bytes + row % kPanelRows * kLaneBytes;
    }
    // Short panels are keys: prefetch the next panels instead.
    constexpr std::size_t kPanels = kWidth < kVectorsOfPanel ? 1 : kWidth / kVectorsOfPanel;
    if (p.w.panel_size_bytes <= kPrefetchBytes) ahead = kPanels * p.w.panel_size_bytes;
  }
  // Call it when a step of vector v is read.
  HWY_INLINE void prefetch(std::size_t v, std::size_t step) const {
    if (v % kVectorsOfPanel == 0) hwy::Prefetch(vector[v] + step * kStepBytes + ahead);
  }
  const std::byte* vector[kWidth];
  std::size_t ahead = kPrefetchBytes;
};

// First quantised input of row n.
HWY_INLINE const std::byte* inputs_of(const PanelProduct& p, std::size_t n) {
  return p.quantised.values + n * p.quantised.stride_bytes +
         p.part.first_input * sizeof(QuantisedValue);
}

#if PNO_VNNI

// The instruction has a latency of five cycles and two start per cycle; more than eight
// accumulators would wait for memory.
constexpr std::size_t kMinAccumulators = 8;

// One instruction multiplies a step of 16 rows: 64 bytes of weights by 4 inputs of a position. The
// loops here and in sum_bytes() are unrolled by pragma: GCC 12 keeps all accumulators in registers
// only then.
template <std::size_t kPositions, std::size_t kWidth>
HWY_INLINE void add_step(const std::byte* x, std::size_t stride, const PanelVectors<kWidth>& w,
                         std::size_t step, __m512i (&sums)[kPositions][kWidth]) {
  HWY_UNROLL(16)
  for (std::size_t v = 0; v < kWidth; ++v) w.prefetch(v, step);
  HWY_UNROLL(16)
  for (std::size_t i = 0; i < kPositions; ++i) {
    std::int32_t four = 0;
    std::memcpy(&four, x + i * stride + step * sizeof(four), sizeof(four));
    HWY_UNROLL(16)
    for (std::size_t v = 0; v < kWidth; ++v) {
      sums[i][v] = _mm512_dpbusd_epi32(
          sums[i][v], _mm512_loadu_si512(w.vector[v] + step * kStepBytes), _mm512_set1_epi32(four));
    }
  }
}

template <std::size_t kPositions, std::size_t kWidth>
HWY_INLINE void sum_bytes(const PanelProduct& p, std::size_t n, const PanelVectors<kWidth>& w,
                          hn::Vec<Ints> (&sums)[kPositions][kWidth]) {
  // With few accumulators, each vector gets several chains of them.
  constexpr std::size_t kAccumulators = kPositions * kWidth;
  constexpr std::size_t kChains =
      kAccumulators < kMinAccumulators ? kMinAccumulators / kAccumulators : 1;
  __m512i chains[kChains][kPositions][kWidth];
  HWY_UNROLL(16)
  for (auto& chain : chains) {
    HWY_UNROLL(16)
    for (auto& row : chain) {
      HWY_UNROLL(16)
      for (auto& sum : row) sum = _mm512_setzero_si512();
    }
  }
  const std::byte* x = inputs_of(p, n);
  const std::size_t stride = p.quantised.stride_bytes;
  const std::size_t steps = step_count(Precision::int8, p.K);
  std::size_t step = 0;
  for (; step + kChains <= steps; step += kChains) {
    HWY_UNROLL(16)
    for (std::size_t chain = 0; chain < kChains; ++chain) {
      add_step<kPositions, kWidth>(x, stride, w, step + chain, chains[chain]);
    }
  }
  for (; step < steps; ++step) add_step<kPositions, kWidth>(x, stride, w, step, chains[0]);
  HWY_UNROLL(16)
  for (std::size_t i = 0; i < kPositions; ++i) {
    HWY_UNROLL(16)
    for (std::size_t v = 0; v < kWidth; ++v) {
      __m512i sum = chains[0][i][v];
      HWY_UNROLL(16)
      for (std::size_t chain = 1; chain < kChains; ++chain) {
        sum = _mm512_add_epi32(sum, chains[chain][i][v]);
      }
      sums[i][v] = hn::Vec<Ints>{sum};
    }
  }
}

#elif HWY_TARGET == HWY_SCALAR

template <std::size_t kPositions, std::size_t kWidth>
HWY_INLINE void sum_bytes(const PanelProduct& p, std::size_t n, const PanelVectors<kWidth>& w,
                          hn::Vec<Ints> (&sums)[kPositions][kWidth]) {
  const std::size_t steps = step_count(Precision::int8, p.K);
  for (std::size_t i = 0; i < kPositions; ++i) {
    const auto* x = reinterpret_cast<const QuantisedValue*>(inputs_of(p, n + i));
    for (std::size_t v = 0; v < kWidth; ++v) {
      std::int32_t sum = 0;
      for (std::size_t k = 0; k < 4 * steps; ++k) {
        sum += static_cast<std::int32_t>(w.vector[v][k / 4 * kStepBytes + k % 4]) * x[k];
      }
      sums[i][v] = hn::Set(Ints(), sum);
    }
  }
}

#else

// Other targets widen bytes to 16 bits and multiply in pairs: a row has two neighbouring lanes,
// added at the end.
template <std::size_t kPositions, std::size_t kWidth>
HWY_INLINE void sum_bytes(const PanelProduct& p, std::size_t n, const PanelVectors<kWidth>& w,
                          hn::Vec<Ints> (&sums)[kPositions][kWidth]) {
  const Ints d;
  const hn::Repartition<std::int16_t, Ints> shorts;
  const hn::Rebind<std::uint8_t, decltype(shorts)> bytes;
  const hn::Repartition<std::uint64_t, Ints> longs;
  // Accumulators of the lower and upper rows of each vector; some targets use the second one.
  using Sum = hn::Vec<Ints>;
  Sum lower[kPositions][kWidth][2], upper[kPositions][kWidth][2];
  for (std::size_t i = 0; i < kPositions; ++i) {
    for (std::size_t v = 0; v < kWidth; ++v) {
      for (std::size_t half = 0; half < 2; ++half)
        lower[i][v][half] = upper[i][v][half] = hn::Zero(d);
    }
  }
  const std::size_t steps = step_count(Precision::int8, p.K);
  const std::byte* x = inputs_of(p, n);
  for (std::size_t step = 0; step < steps; ++step) {
    for (std::size_t v = 0; v < kWidth; ++v) {
      w.prefetch(v, step);
      const auto* weights = reinterpret_cast<const std::uint8_t*>(w.vector[v] + step * kStepBytes);
      const auto low = hn::PromoteTo(shorts, hn::LoadU(bytes, weights));
      const auto high = hn::PromoteTo(shorts, hn::LoadU(bytes, weights + 2 * kLanes));
      for (std::size_t i = 0; i < kPositions; ++i) {
        std::uint64_t four = 0;
        std::memcpy(&four, x + i * p.quantised.stride_bytes + step * sizeof(four), sizeof(four));
        const auto inputs = hn::BitCast(shorts, hn::Set(longs, four));
        lower[i][v][0] =
            hn::ReorderWidenMulAccumulate(d, low, inputs, lower[i][v][0], lower[i][v][1]);
        upper[i][v][0] =
            hn::ReorderWidenMulAccumulate(d, high, inputs, upper[i][v][0], upper[i][v][1]);
      }
    }
  }
  for (std::size_t i = 0; i < kPositions; ++i) {
    for (std::size_t v = 0; v < kWidth; ++v) {
      const auto low = hn::RearrangeToOddPlusEven(lower[i][v][0], lower[i][v][1]);
      const auto high = hn::RearrangeToOddPlusEven(upper[i][v][0], upper[i][v][1]);
      sums[i][v] = hn::Add(hn::ConcatEven(d, high, low), hn::ConcatOdd(d, high, low));
    }
  }
}

#endif

}  // namespace pno::infer::HWY_NAMESPACE
PNO_AFTER_PANELS

#endif  // PNO_INFER_PANEL_SUMS_INL_H_
