#pragma once

// Products of matrices of bf16 with float32 sums, on one thread, and the forms of their operands.
// Packing rounds float32 to the nearest bf16, ties to even; denormal numbers become zero, as in the
// instructions of x86. Does not allocate. Does not throw.
//
// The instructions are used if the SIMD target has them (simd_target.h): "amx_bf16" and
// "avx3_bf16". Other targets compute with float32 operations, with bitwise the results of
// "avx3_bf16".

#include <cstddef>

#include "simd/bf16_operands.h"

namespace pno::simd {

// Left operands, [rows, depth], rows `stride` elements apart. The rows are those of the matrix, or
// its columns.
void pack_left_bf16(const FloatMatrix& matrix, Bf16* left, std::ptrdiff_t stride);
void pack_left_transposed_bf16(const FloatMatrix& matrix, Bf16* left, std::ptrdiff_t stride);

// Right operands: a sequence of panels [depth / 2, kBf16Panel, 2], the pairs of neighbouring depths
// that the instructions multiply. The depths are the rows of the matrix, or its columns.
void pack_right_bf16(const FloatMatrix& matrix, Bf16* right);
void pack_right_transposed_bf16(const FloatMatrix& matrix, Bf16* right);

// A row's result does not depend on the other rows.
void multiply_bf16(const Bf16Product& product);

}  // namespace pno::simd
