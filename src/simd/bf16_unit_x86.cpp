#include "simd/bf16_unit_x86.h"

#include <algorithm>
#include <cstdint>

#include "simd/bf16_unit.h"

#if defined(__x86_64__) && defined(__linux__)
// GCC 12 warns of the undefined lanes in its own header.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PNO_AVX512_BF16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
#define PNO_AVX512_BF16_INLINE PNO_AVX512_BF16 __attribute__((always_inline)) inline
#define PNO_AMX_BF16 __attribute__((target("amx-tile,amx-bf16")))
#define PNO_AMX_BF16_INLINE PNO_AMX_BF16 __attribute__((always_inline)) inline

namespace pno::simd {
namespace {

using Size = std::ptrdiff_t;

constexpr Size kLanes = 16;  // of float32, and of pairs of bf16

constexpr long kTileData = 18;  // number of this state of a thread

bool has_amx() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  constexpr unsigned kAmxBf16 = 1U << 22, kAmxTile = 1U << 24;
  if ((d & kAmxBf16) == 0 || (d & kAmxTile) == 0) return false;
  constexpr long kGetSupported = 0x1021;
  std::uint64_t supported = 0;
  return ::syscall(SYS_arch_prctl, kGetSupported, &supported) == 0 &&
         (supported >> kTileData & 1) != 0;
}

// The first `count` lanes of a vector; all if it is larger, none if it is not positive.
__mmask16 first_lanes(Size count) {
  return static_cast<__mmask16>((1U << std::clamp<Size>(count, 0, kLanes)) - 1);
}

// 16 floats of a row in each half, rounded: `low` in the lower half.
PNO_AVX512_BF16_INLINE __m512i round_both(__m512 low, __m512 high) {
  return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
}

// The floats [first, first + 32) of a row of `size` floats, rounded, and zeros after them.
PNO_AVX512_BF16_INLINE __m512i round_row(const float* row, Size first, Size size) {
  return round_both(
      _mm512_maskz_loadu_ps(first_lanes(size - first), row + first),
      _mm512_maskz_loadu_ps(first_lanes(size - first - kLanes), row + first + kLanes));
}

// Columns [first, first + 16) of the rows `row` and `row` + 1, rounded, in pairs; zeros outside the
// matrix.
PNO_AVX512_BF16_INLINE __m512i round_pair_of_rows(const FloatMatrix& m, Size row, Size first,
                                                  __m512i interleave) {
  const auto lanes = first_lanes(m.columns - first);
  const float* const at = m.data + row * m.stride + first;
  const auto low = _mm512_maskz_loadu_ps(row < m.rows ? lanes : static_cast<__mmask16>(0), at);
  const auto high =
      _mm512_maskz_loadu_ps(row + 1 < m.rows ? lanes : static_cast<__mmask16>(0), at + m.stride);
  return _mm512_permutexvar_epi16(interleave, round_both(low, high));
}

// Words 0, 16, 1, 17 …: makes pairs of the two halves of a vector.
PNO_AVX512_BF16_INLINE __m512i interleave_halves() {
  const auto low = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  return _mm512_or_si512(low,
                         _mm512_slli_epi32(_mm512_add_epi32(low, _mm512_set1_epi32(kLanes)), 16));
}

// Element j of vector i becomes element i of vector j.
PNO_AVX512_BF16_INLINE void transpose(__m512i (&v)[kLanes]) {
  __m512i w[kLanes];
  for (Size i = 0; i < kLanes; i += 2) {
    w[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
    w[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
  }
  for (Size i = 0; i < kLanes; i += 4) {
    v[i] = _mm512_unpacklo_epi64(w[i], w[i + 2]);
    v[i + 1] = _mm512_unpackhi_epi64(w[i], w[i + 2]);
    v[i + 2] = _mm512_unpacklo_epi64(w[i + 1], w[i + 3]);
    v[i + 3] = _mm512_unpackhi_epi64(w[i + 1], w[i + 3]);
  }
  constexpr int kEvenBlocks = 0x88, kOddBlocks = 0xDD;
  for (Size i = 0; i < 4; ++i) {
    w[i] = _mm512_shuffle_i32x4(v[i], v[i + 4], kEvenBlocks);
    w[i + 4] = _mm512_shuffle_i32x4(v[i], v[i + 4], kOddBlocks);
    w[i + 8] = _mm512_shuffle_i32x4(v[i + 8], v[i + 12], kEvenBlocks);
    w[i + 12] = _mm512_shuffle_i32x4(v[i + 8], v[i + 12], kOddBlocks);
  }
  for (Size i = 0; i < 8; ++i) {
    v[i] = _mm512_shuffle_i32x4(w[i], w[i + 8], kEvenBlocks);
    v[i + 8] = _mm512_shuffle_i32x4(w[i], w[i + 8], kOddBlocks);
  }
}

// The sums of kRows rows and of a panel's columns in two vectors.
template <int kRows>
PNO_AVX512_BF16 void multiply_rows(const Bf16Product& p, const Bf16* left, const Bf16* right,
                                   float* sums, Size columns) {
  const auto low_lanes = first_lanes(columns), high_lanes = first_lanes(columns - kLanes);
  __m512 low[kRows], high[kRows];
  for (int row = 0; row < kRows; ++row) {
    low[row] = high[row] = _mm512_setzero_ps();
    if (!p.accumulate) continue;
    low[row] = _mm512_maskz_loadu_ps(low_lanes, sums + row * p.sums_stride);
    high[row] = _mm512_maskz_loadu_ps(high_lanes, sums + row * p.sums_stride + kLanes);
  }
  for (Size k = 0; k < p.depth; k += 2, left += 2, right += 2 * kBf16Panel) {
    const auto low_pairs = reinterpret_cast<__m512bh>(_mm512_loadu_si512(right));
    const auto high_pairs = reinterpret_cast<__m512bh>(_mm512_loadu_si512(right + kBf16Panel));
    for (int row = 0; row < kRows; ++row) {
      int pair = 0;
      __builtin_memcpy(&pair, left + row * p.left_stride, sizeof pair);
      const auto pairs = reinterpret_cast<__m512bh>(_mm512_set1_epi32(pair));
      low[row] = _mm512_dpbf16_ps(low[row], pairs, low_pairs);
      high[row] = _mm512_dpbf16_ps(high[row], pairs, high_pairs);
    }
  }
  for (int row = 0; row < kRows; ++row) {
    _mm512_mask_storeu_ps(sums + row * p.sums_stride, low_lanes, low[row]);
    _mm512_mask_storeu_ps(sums + row * p.sums_stride + kLanes, high_lanes, high[row]);
  }
}

// 24 accumulators, two vectors of the panel and a broadcast pair fit the 32 registers.
constexpr int kTileRows = 12;
using MultiplyRows = void (*)(const Bf16Product&, const Bf16*, const Bf16*, float*, Size);
constexpr MultiplyRows kMultiplyRows[kTileRows + 1] = {
    nullptr,           multiply_rows<1>,  multiply_rows<2>,  multiply_rows<3>, multiply_rows<4>,
    multiply_rows<5>,  multiply_rows<6>,  multiply_rows<7>,  multiply_rows<8>, multiply_rows<9>,
    multiply_rows<10>, multiply_rows<11>, multiply_rows<12>,
};

}  // namespace

Bf16Unit best_bf16_unit() {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx512bf16") || !__builtin_cpu_supports("avx512vl") ||
      !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512dq")) {
    return Bf16Unit::none;
  }
  return has_amx() ? Bf16Unit::amx : Bf16Unit::avx512;
}

// Linux saves the tiles of a process only after this request. It makes the frames of signals
// larger, so it is made by the first product.
bool amx_is_permitted() {
  constexpr long kRequestPermission = 0x1023;
  static const bool kPermitted = ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  return kPermitted;
}

bool avx512_unit_is_fast() {
  __builtin_cpu_init();
  return __builtin_cpu_is("amd") != 0;
}

PNO_AVX512_BF16 void avx512::pack_left(const FloatMatrix& m, Bf16* left, Size stride) {
  for (Size row = 0; row < m.rows; ++row, left += stride) {
    const float* const from = m.data + row * m.stride;
    for (Size k = 0; k < m.columns; k += kBf16Depth) {
      _mm512_storeu_si512(left + k, round_row(from, k, m.columns));
    }
  }
}

PNO_AVX512_BF16 void avx512::pack_left_transposed(const FloatMatrix& m, Bf16* left, Size stride) {
  const auto interleave = interleave_halves();
  for (Size column = 0; column < m.columns; column += kLanes) {
    for (Size row = 0; row < m.rows; row += kBf16Depth) {
      __m512i pairs[kLanes];
      for (Size i = 0; i < kLanes; ++i) {
        pairs[i] = round_pair_of_rows(m, row + 2 * i, column, interleave);
      }
      transpose(pairs);
      const Size count = std::min(kLanes, m.columns - column);
      for (Size i = 0; i < count; ++i) {
        _mm512_storeu_si512(left + (column + i) * stride + row, pairs[i]);
      }
    }
  }
}

PNO_AVX512_BF16 void avx512::pack_right(const FloatMatrix& m, Bf16* right) {
  const auto interleave = interleave_halves();
  const Size depth = bf16_depth(m.rows);
  for (Size first = 0; first < m.columns; first += kBf16Panel) {
    for (Size k = 0; k < depth; k += 2, right += 2 * kBf16Panel) {
      _mm512_storeu_si512(right, round_pair_of_rows(m, k, first, interleave));
      _mm512_storeu_si512(right + kBf16Panel, round_pair_of_rows(m, k, first + kLanes, interleave));
    }
  }
}

PNO_AVX512_BF16 void avx512::pack_right_transposed(const FloatMatrix& m, Bf16* right) {
  const Size depth = bf16_depth(m.columns);
  for (Size first = 0; first < m.rows; first += kBf16Panel, right += kBf16Panel * depth) {
    for (Size half = 0; half < kBf16Panel; half += kLanes) {
      for (Size k = 0; k < depth; k += kBf16Depth) {
        __m512i pairs[kLanes];
        for (Size i = 0; i < kLanes; ++i) {
          const Size row = first + half + i;
          pairs[i] = row < m.rows ? round_row(m.data + row * m.stride, k, m.columns)
                                  : _mm512_setzero_si512();
        }
        transpose(pairs);
        for (Size i = 0; i < kLanes; ++i) {
          _mm512_storeu_si512(right + (k + 2 * i) * kBf16Panel + 2 * half, pairs[i]);
        }
      }
    }
  }
}

void avx512::multiply(const Bf16Product& p) {
  for (Size first = 0; first < p.columns; first += kBf16Panel) {
    for (Size row = 0; row < p.rows; row += kTileRows) {
      kMultiplyRows[std::min<Size>(kTileRows, p.rows - row)](
          p, p.left + row * p.left_stride, p.right + first / kBf16Panel * p.right_stride,
          p.sums + row * p.sums_stride + first, std::min(kBf16Panel, p.columns - first));
    }
  }
}

namespace {

// Most depths of a pass: a panel's part (32 KB) stays in the first-level cache while all rows are
// multiplied with it.
constexpr Size kAmxDepth = 512;
constexpr Size kTile = 16;                     // rows, and columns of sums
constexpr Size kRightStride = 4 * kBf16Panel;  // bytes between the pairs of depths of a panel

// The format of ldtilecfg: eight tiles of 16 rows of 64 bytes.
struct alignas(64) TileConfig {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

// One or two tiles of rows by one or two tiles of columns.
struct AmxBlock {
  const Bf16 *left, *right;
  Size left_stride;  // elements
  Size depth;
  float* sums;
  Size sums_stride;  // floats
  bool accumulate;
};

// GCC's intrinsics do not tell the compiler that they read and write memory.
#define PNO_MEMORY_BARRIER() asm volatile("" ::: "memory")

template <bool kTwoRows, bool kTwoColumns>
PNO_AMX_BF16_INLINE void multiply_block(const AmxBlock& b) {
  const auto sums_bytes = static_cast<std::size_t>(b.sums_stride) * sizeof(float);
  const auto left_bytes = static_cast<std::size_t>(b.left_stride) * sizeof(Bf16);
  float* const lower = b.sums + kTile * b.sums_stride;
  if (b.accumulate) {
    _tile_loadd(0, b.sums, sums_bytes);
    if constexpr (kTwoColumns) _tile_loadd(1, b.sums + kTile, sums_bytes);
    if constexpr (kTwoRows) _tile_loadd(2, lower, sums_bytes);
    if constexpr (kTwoRows && kTwoColumns) _tile_loadd(3, lower + kTile, sums_bytes);
  } else {
    _tile_zero(0);
    if constexpr (kTwoColumns) _tile_zero(1);
    if constexpr (kTwoRows) _tile_zero(2);
    if constexpr (kTwoRows && kTwoColumns) _tile_zero(3);
  }
  for (Size k = 0; k < b.depth; k += kBf16Depth) {
    const Bf16* const right = b.right + k * kBf16Panel;
    _tile_loadd(6, right, kRightStride);
    _tile_loadd(4, b.left + k, left_bytes);
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (kTwoColumns) {
      _tile_loadd(7, right + 2 * kTile, kRightStride);
      _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (kTwoRows) {
      _tile_loadd(5, b.left + kTile * b.left_stride + k, left_bytes);
      _tile_dpbf16ps(2, 5, 6);
    }
    if constexpr (kTwoRows && kTwoColumns) _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, b.sums, sums_bytes);
  if constexpr (kTwoColumns) _tile_stored(1, b.sums + kTile, sums_bytes);
  if constexpr (kTwoRows) _tile_stored(2, lower, sums_bytes);
  if constexpr (kTwoRows && kTwoColumns) _tile_stored(3, lower + kTile, sums_bytes);
}

PNO_AMX_BF16 void multiply_block(const AmxBlock& b, bool two_rows, bool two_columns) {
  PNO_MEMORY_BARRIER();
  if (two_rows) {
    two_columns ? multiply_block<true, true>(b) : multiply_block<true, false>(b);
  } else {
    two_columns ? multiply_block<false, true>(b) : multiply_block<false, false>(b);
  }
  PNO_MEMORY_BARRIER();
}

// The same for `rows` and `columns` that are not those of tiles: in a buffer of whole tiles.
PNO_AMX_BF16 void multiply_part(const AmxBlock& b, Size rows, Size columns) {
  alignas(64) float tiles[kBf16Rows * kBf16Panel];
  for (Size row = 0; b.accumulate && row < rows; ++row) {
    std::copy_n(b.sums + row * b.sums_stride, columns, tiles + row * kBf16Panel);
  }
  AmxBlock whole = b;
  whole.sums = tiles;
  whole.sums_stride = kBf16Panel;
  multiply_block(whole, rows > kTile, columns > kTile);
  for (Size row = 0; row < rows; ++row) {
    std::copy_n(tiles + row * kBf16Panel, columns, b.sums + row * b.sums_stride);
  }
}

}  // namespace

PNO_AMX_BF16 void amx::multiply(const Bf16Product& p) {
  static constexpr TileConfig kConfig;
  if (!amx_is_permitted()) return avx512::multiply(p);
  PNO_MEMORY_BARRIER();
  _tile_loadconfig(&kConfig);
  const Size passes = (p.depth + kAmxDepth - 1) / kAmxDepth;
  const Size depth = bf16_depth((p.depth + passes - 1) / passes);
  for (Size k = 0; k < p.depth; k += depth) {
    for (Size first = 0; first < p.columns; first += kBf16Panel) {
      const Size columns = std::min(kBf16Panel, p.columns - first);
      for (Size row = 0; row < p.rows; row += kBf16Rows) {
        const Size rows = std::min(kBf16Rows, p.rows - row);
        const AmxBlock block{
            .left = p.left + row * p.left_stride + k,
            .right = p.right + first / kBf16Panel * p.right_stride + k * kBf16Panel,
            .left_stride = p.left_stride,
            .depth = std::min(depth, p.depth - k),
            .sums = p.sums + row * p.sums_stride + first,
            .sums_stride = p.sums_stride,
            .accumulate = p.accumulate || k > 0};
        if (rows % kTile == 0 && columns % kTile == 0) {
          multiply_block(block, rows > kTile, columns > kTile);
        } else {
          multiply_part(block, rows, columns);
        }
      }
    }
  }
  _tile_release();
}

}  // namespace pno::simd

#else

// Other processors: none of the functions is called.
namespace pno::simd {

Bf16Unit best_bf16_unit() {
  return Bf16Unit::none;
}
bool amx_is_permitted() {
  return false;
}
bool avx512_unit_is_fast() {
  return false;
}
void avx512::pack_left(const FloatMatrix&, Bf16*, std::ptrdiff_t) {}
void avx512::pack_left_transposed(const FloatMatrix&, Bf16*, std::ptrdiff_t) {}
void avx512::pack_right(const FloatMatrix&, Bf16*) {}
void avx512::pack_right_transposed(const FloatMatrix&, Bf16*) {}
void avx512::multiply(const Bf16Product&) {}
void amx::multiply(const Bf16Product&) {}

}  // namespace pno::simd

#endif
