#pragma once

// Activations in int8, for the products of infer/kernels/panel_ops.h, in SIMD.
//
// N rows, K numbers of each

#include <cstddef>
#include <cstdint>

#include "infer/kernels/matrix_ops.h"
#include "infer/kernels/panels.h"

namespace pno::infer {

// A scale for each row. What lies in `numbers` depends on the SIMD target: it is for the product of
// the same target.
struct QuantisedRows {
  std::byte* numbers = nullptr;  // row n from n · stride_bytes on
  std::size_t stride_bytes = 0;  // of quantised_bytes(K) or more
  float* scales = nullptr;       // [N]
  std::int32_t* sums = nullptr;  // [N], of the whole numbers
};

// Room for a row of K numbers, with zeros after them to the end of the last step.
constexpr std::size_t quantised_bytes(std::size_t K) {
  return steps_of(Precision::int8, K) * 4 * sizeof(std::int16_t);
}

// to = x [N, K], each row by its largest number: whole numbers of -127 … 127 and their scale, which
// is none (NaN) for a row that is not finite: so are its products.
void quantise(ConstMatrix x, std::size_t N, std::size_t K, const QuantisedRows& to);

// Row n of x, [N, K] of shares of attention (none negative), times scales [K] (or 1), as two rows
// 2n and 2n + 1 of whole numbers 0 … 127, the higher and the lower digit to the base 128: 14 bits,
// as a long tail of small shares counts as much as a few large ones.
void quantise_shares(ConstMatrix x, std::size_t N, std::size_t K, const float* scales,
                     const QuantisedRows& to);

}  // namespace pno::infer
