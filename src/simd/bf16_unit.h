#pragma once

// The instructions of x86 for products of bf16.

namespace pno::simd {

enum class Bf16Unit {
  none,
  avx512,  // AVX512-BF16: the sum of two products in each lane
  amx,     // AMX-BF16: products of tiles of 16 rows
};

// The best unit of this processor and operating system.
Bf16Unit best_bf16_unit();

// Asks Linux for the permission that AMX needs, once in a process. Products that are computed with
// AMX ask for it, and use AVX-512 if it is refused.
bool amx_is_permitted();

// True if products with this processor's vdpbf16ps are faster than in float32. On an Emerald Rapids
// they are half as fast (70 against 145 GFLOP/s on one core, and 1,400 with AMX); AMD's processors
// issue them as often as those of float32, for twice the products.
bool avx512_unit_is_fast();

}  // namespace pno::simd
