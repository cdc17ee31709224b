#pragma once

// The operands of a product of matrices of bf16 (bf16_matrix.h), and their sizes in memory.

#include <cstddef>
#include <cstdint>

namespace pno::simd {

using Bf16 = std::uint16_t;  // the upper half of a float32, as in base/bf16.h

constexpr std::ptrdiff_t kBf16Depth = 32;  // packed depths are multiples of it, padded with zeros
constexpr std::ptrdiff_t kBf16Rows = 32;   // left operands have memory for a multiple of it
constexpr std::ptrdiff_t kBf16Panel = 32;  // columns of a panel, padded with zeros

constexpr std::ptrdiff_t bf16_depth(std::ptrdiff_t depth) {
  return (depth + kBf16Depth - 1) / kBf16Depth * kBf16Depth;
}

// Elements between the rows of a left operand. Not a power of 2, so that the elements of a column
// are in different cache sets.
constexpr std::ptrdiff_t bf16_stride(std::ptrdiff_t depth) {
  return bf16_depth(depth) + kBf16Depth;
}

// Elements of a left operand and of a right one.
constexpr std::size_t bf16_left_size(std::ptrdiff_t rows, std::ptrdiff_t depth) {
  return static_cast<std::size_t>((rows + kBf16Rows - 1) / kBf16Rows * kBf16Rows *
                                  bf16_stride(depth));
}
constexpr std::size_t bf16_right_size(std::ptrdiff_t depth, std::ptrdiff_t columns) {
  return static_cast<std::size_t>((columns + kBf16Panel - 1) / kBf16Panel * kBf16Panel *
                                  bf16_depth(depth));
}

// A float32 matrix [rows, columns], rows `stride` floats apart.
struct FloatMatrix {
  const float* data;
  std::ptrdiff_t stride, rows, columns;
};

// sums [rows, columns] = left [rows, depth] · right [depth, columns], or += if `accumulate`.
struct Bf16Product {
  const Bf16* left;
  std::ptrdiff_t left_stride;
  const Bf16* right;
  std::ptrdiff_t right_stride;          // elements between panels
  std::ptrdiff_t rows, depth, columns;  // depth: a multiple of kBf16Depth
  float* sums;
  std::ptrdiff_t sums_stride;
  bool accumulate;
};

}  // namespace pno::simd
