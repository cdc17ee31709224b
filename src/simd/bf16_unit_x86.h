#pragma once

// The functions of bf16_matrix.h in the instructions of bf16_unit.h, which Debian's Highway does
// not have. The intrinsics are in this header's source alone, in functions that each have their own
// target attribute.

#include <cstddef>

#include "simd/bf16_operands.h"

namespace pno::simd {

// The functions of bf16_matrix.h in AVX-512 with BF16, for both units.
namespace avx512 {
void pack_left(const FloatMatrix& matrix, Bf16* left, std::ptrdiff_t stride);
void pack_left_transposed(const FloatMatrix& matrix, Bf16* left, std::ptrdiff_t stride);
void pack_right(const FloatMatrix& matrix, Bf16* right);
void pack_right_transposed(const FloatMatrix& matrix, Bf16* right);
void multiply(const Bf16Product& product);
}  // namespace avx512
namespace amx {
// Sums the products of even and of odd depths apart, 32 depths at a time.
void multiply(const Bf16Product& product);
}  // namespace amx

}  // namespace pno::simd
