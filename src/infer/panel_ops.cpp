#include "infer/panel_ops.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "infer/panel_ops.cpp"
#include <hwy/foreach_target.h>
// Highway's own order: foreach_target.h comes before what it repeats.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "infer/quantise-inl.h"

// Highway 1.0 asks the processor for AVX-512 VNNI before it takes this target, but does not give it
// to the compiler.
#undef PNO_VNNI
#undef PNO_PANEL_TARGET
#undef PNO_PANEL_ATTR
#if HWY_TARGET == HWY_AVX3_DL
#define PNO_VNNI 1
#define PNO_PANEL_TARGET HWY_TARGET_STR ",avx512vnni"
#define PNO_PANEL_ATTR __attribute__((target(PNO_PANEL_TARGET)))
#else
#define PNO_VNNI 0
#define PNO_PANEL_ATTR HWY_ATTR
#endif

#if PNO_VNNI
#include <immintrin.h>
HWY_PUSH_ATTRIBUTES(PNO_PANEL_TARGET)
#else
HWY_BEFORE_NAMESPACE();
#endif
namespace pno::infer::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, kPanelRows>;
using Ints = hn::RebindToSigned<Floats>;
using Words = hn::RebindToUnsigned<Floats>;

// Lanes of a vector, each a row of a panel; and vectors that are summed at once, so that even with
// one position there are enough sums to hide an addition's latency. With few positions there are
// registers for more of them: more of the weights are on their way while others are multiplied.
constexpr std::size_t kLanes = HWY_LANES(float) < kPanelRows ? HWY_LANES(float) : kPanelRows;
constexpr std::size_t kVectors = 2;
#if PNO_VNNI
constexpr std::size_t kVectorsOfOne = 8, kVectorsOfFour = 4;
#else
constexpr std::size_t kVectorsOfOne = kVectors, kVectorsOfFour = kVectors;
#endif

// Bytes of a panel that are asked for before they are multiplied: several panels are read at once,
// which a processor's own look-ahead follows badly where others use the memory, too.
constexpr std::size_t kBytesAhead = 1024;

// Where the numbers of each vector of rows begin, from row m on: 64 bytes further for each step.
// Behind the last panel the first vector is read twice, and its second sum not used.
template <std::size_t kWidth>
struct Columns {
  static constexpr std::size_t kVectorsOfPanel = kPanelRows / kLanes;

  HWY_INLINE Columns(const PanelProduct& p, std::size_t m) {
    for (std::size_t v = 0; v < kWidth; ++v) {
      const std::size_t row = m + v * kLanes < panels_of(p.M) * kPanelRows ? m + v * kLanes : m;
      vector[v] =
          p.w.data + row / kPanelRows * p.w.panel_size_bytes + row % kPanelRows * kLaneBytes;
    }
    // Short panels are keys': those of the next vectors then.
    constexpr std::size_t kPanels = kWidth < kVectorsOfPanel ? 1 : kWidth / kVectorsOfPanel;
    if (p.w.panel_size_bytes <= kBytesAhead) ahead = kPanels * p.w.panel_size_bytes;
  }
  // To be called where a step of vector v is read.
  HWY_INLINE void look_ahead(std::size_t v, std::size_t step) const {
    if (v % kVectorsOfPanel == 0) hwy::Prefetch(vector[v] + step * kStepBytes + ahead);
  }
  const std::byte* vector[kWidth];
  std::size_t ahead = kBytesAhead;
};

// What a sum becomes, from position n and row m on, kLanes rows of which `count` are wanted.
HWY_INLINE void finish(const PanelProduct& p, std::size_t n, std::size_t m, hn::Vec<Floats> sum) {
  const Floats d;
  float* out = p.out.data + n * p.out.stride + m;
  if (m + kLanes <= p.M) {
    if (p.bias != nullptr) sum = hn::Add(sum, hn::LoadU(d, p.bias + m));
    if (p.accumulate) sum = hn::Add(hn::LoadU(d, out), sum);
    hn::StoreU(sum, d, out);
    return;
  }
  HWY_ALIGN float numbers[kLanes];
  hn::Store(sum, d, numbers);
  for (std::size_t r = 0; m + r < p.M; ++r) {
    if (p.bias != nullptr) numbers[r] += p.bias[m + r];
    out[r] = p.accumulate ? out[r] + numbers[r] : numbers[r];
  }
}

// Calls tile(positions, vectors, n, m) until all is done, with kMost, kMost / 2, … 1 positions for
// each group of kWidth vectors of rows, whose weights stay in the cache for all positions; the rows
// after the last whole group in smaller ones.
template <std::size_t kMost, std::size_t kWidth, class Tile>
HWY_INLINE void for_each_tile(const PanelProduct& p, const Tile& tile, std::size_t first = 0) {
  constexpr std::size_t kGroupRows = kWidth * kLanes;
  const std::size_t rows = panels_of(p.M) * kPanelRows;
  std::size_t m = first;
  for (; m < rows && (kWidth == kVectors || m + kGroupRows <= rows); m += kGroupRows) {
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
template <std::size_t kPositions>
HWY_INLINE void multiply_bf16_tile(const PanelProduct& p, std::size_t n, std::size_t m) {
  const Floats d;
  const Words words;
  hn::Vec<Floats> even[kPositions][kVectors], odd[kPositions][kVectors];
  for (std::size_t v = 0; v < kVectors; ++v) {
    for (std::size_t i = 0; i < kPositions; ++i) even[i][v] = odd[i][v] = hn::Zero(d);
  }
  const Columns<kVectors> w(p, m);
  const float* x = p.x.data + n * p.x.stride;
  const auto add = [&](std::size_t k, bool has_odd) PNO_PANEL_ATTR {
    for (std::size_t v = 0; v < kVectors; ++v) {
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
  for (std::size_t i = 0; i < kPositions; ++i) {
    for (std::size_t v = 0; v < kVectors && m + v * kLanes < p.M; ++v) {
      finish(p, n + i, m + v * kLanes, hn::Add(even[i][v], odd[i][v]));
    }
  }
}

// Where those of row n begin that are multiplied.
HWY_INLINE const std::byte* numbers_of(const PanelProduct& p, std::size_t n) {
  return p.quantised.numbers + n * p.quantised.stride_bytes + p.part.first * sizeof(Number);
}

#if PNO_VNNI

// One instruction multiplies a step of 16 rows: 64 bytes of weights, 4 numbers of a position.
template <std::size_t kPositions, std::size_t kWidth>
HWY_INLINE void sum_bytes(const PanelProduct& p, std::size_t n, const Columns<kWidth>& w,
                          hn::Vec<Ints> (&sums)[kPositions][kWidth]) {
  // Where there are few, more sums than one for each vector: the instruction takes five cycles.
  constexpr std::size_t kSums = kPositions * kWidth, kChains = kSums < 8 ? 8 / kSums : 1;
  __m512i chains[kChains][kPositions][kWidth];
  for (auto& chain : chains) {
    for (auto& row : chain) {
      for (auto& sum : row) sum = _mm512_setzero_si512();
    }
  }
  const std::byte* x = numbers_of(p, n);
  const auto add = [&](std::size_t step, std::size_t chain) PNO_PANEL_ATTR {
    __m512i weights[kWidth];
    for (std::size_t v = 0; v < kWidth; ++v) {
      w.look_ahead(v, step);
      weights[v] = _mm512_loadu_si512(w.vector[v] + step * kStepBytes);
    }
    for (std::size_t i = 0; i < kPositions; ++i) {
      std::int32_t four = 0;
      std::memcpy(&four, x + i * p.quantised.stride_bytes + step * 4, sizeof(four));
      const __m512i inputs = _mm512_set1_epi32(four);
      for (std::size_t v = 0; v < kWidth; ++v) {
        chains[chain][i][v] = _mm512_dpbusd_epi32(chains[chain][i][v], weights[v], inputs);
      }
    }
  };
  const std::size_t steps = steps_of(Precision::int8, p.K);
  std::size_t step = 0;
  for (; step + kChains <= steps; step += kChains) {
    for (std::size_t chain = 0; chain < kChains; ++chain) add(step + chain, chain);
  }
  for (; step < steps; ++step) add(step, 0);
  for (std::size_t i = 0; i < kPositions; ++i) {
    for (std::size_t v = 0; v < kWidth; ++v) {
      __m512i sum = chains[0][i][v];
      for (std::size_t chain = 1; chain < kChains; ++chain) {
        sum = _mm512_add_epi32(sum, chains[chain][i][v]);
      }
      sums[i][v] = hn::Vec<Ints>{sum};
    }
  }
}

#elif HWY_TARGET == HWY_SCALAR

template <std::size_t kPositions, std::size_t kWidth>
HWY_INLINE void sum_bytes(const PanelProduct& p, std::size_t n, const Columns<kWidth>& w,
                          hn::Vec<Ints> (&sums)[kPositions][kWidth]) {
  const std::size_t steps = steps_of(Precision::int8, p.K);
  for (std::size_t i = 0; i < kPositions; ++i) {
    const auto* x = reinterpret_cast<const Number*>(numbers_of(p, n + i));
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

// Everywhere else bytes are widened to 16 bits and multiplied in pairs: a row has two neighbouring
// lanes, added at the end.
template <std::size_t kPositions, std::size_t kWidth>
HWY_INLINE void sum_bytes(const PanelProduct& p, std::size_t n, const Columns<kWidth>& w,
                          hn::Vec<Ints> (&sums)[kPositions][kWidth]) {
  const Ints d;
  const hn::Repartition<std::int16_t, Ints> shorts;
  const hn::Rebind<std::uint8_t, decltype(shorts)> bytes;
  const hn::Repartition<std::uint64_t, Ints> longs;
  // The lower and the upper rows of each vector; the second sum is for targets that need it.
  using Sum = hn::Vec<Ints>;
  Sum lower[kPositions][kWidth][2], upper[kPositions][kWidth][2];
  for (std::size_t i = 0; i < kPositions; ++i) {
    for (std::size_t v = 0; v < kWidth; ++v) {
      for (std::size_t half = 0; half < 2; ++half)
        lower[i][v][half] = upper[i][v][half] = hn::Zero(d);
    }
  }
  const std::size_t steps = steps_of(Precision::int8, p.K);
  const std::byte* x = numbers_of(p, n);
  for (std::size_t step = 0; step < steps; ++step) {
    for (std::size_t v = 0; v < kWidth; ++v) {
      w.look_ahead(v, step);
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

template <std::size_t kPositions, std::size_t kWidth>
HWY_INLINE void multiply_int8_tile(const PanelProduct& p, std::size_t n, std::size_t m) {
  const Floats d;
  const Ints ints;
  hn::Vec<Ints> sums[kPositions][kWidth];
  sum_bytes(p, n, Columns<kWidth>(p, m), sums);
  const std::size_t stride = panels_of(p.M) * kPanelRows;  // of sums that go from part to part
  for (std::size_t i = 0; i < kPositions; ++i) {
    const auto offset = hn::Set(ints, p.quantised.sums[n + i] * kByteOffset);
    const auto scale = hn::Set(d, p.quantised.scales[n + i]);
    for (std::size_t v = 0; v < kWidth; ++v) {
      const std::size_t first = m + v * kLanes;
      if (first >= p.M) break;
      auto whole = sums[i][v];
      const std::size_t place = (n + i) * stride + first;
      if (p.part.before != nullptr) whole = hn::Add(whole, hn::LoadU(ints, p.part.before + place));
      if (p.part.after != nullptr) {
        hn::StoreU(whole, ints, p.part.after + place);
        continue;
      }
      auto sum = hn::Mul(hn::ConvertTo(d, hn::Sub(whole, offset)), scale);
      if (p.w.scales != nullptr) {
        sum = hn::Mul(sum, hn::LoadU(d, p.w.scales + first));
      }
      finish(p, n + i, first, sum);
    }
  }
}

// As many positions at once as the registers hold sums for.
constexpr std::size_t kMostInt8Positions = PNO_VNNI ? 8 : HWY_CAP_GE512 ? 4 : 2;
constexpr std::size_t kMostBf16Positions = HWY_CAP_GE512 ? 4 : 2;

void multiply_panels_here(const PanelProduct& p) {
  if (p.w.precision == Precision::bf16) {
    for_each_tile<kMostBf16Positions, kVectors>(
        p, [&](auto positions, auto /*vectors*/, std::size_t n, std::size_t m)
               PNO_PANEL_ATTR { multiply_bf16_tile<decltype(positions)::value>(p, n, m); });
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
#if PNO_VNNI
HWY_POP_ATTRIBUTES
#else
HWY_AFTER_NAMESPACE();
#endif

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
