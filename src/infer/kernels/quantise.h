#pragma once

// Activations to int8, for the products of infer/kernels/panel_ops.h, in SIMD. Do not allocate,
// lock or throw.
//
// N rows, K values of each

#include <cstddef>
#include <cstdint>

#include "infer/kernels/matrix_ops.h"
#include "infer/kernels/panels.h"

namespace pno::infer {

// Integer rows with one scale each. The encoding of `values` depends on the SIMD target: only a
// product on the same target can read it.
struct QuantisedRows {
  std::byte* values = nullptr;   // row n begins at n · stride_bytes
  std::size_t stride_bytes = 0;  // quantised_bytes(K) or more
  float* scales = nullptr;       // [N]
  std::int32_t* sums = nullptr;  // [N], sum of the integer values of the row

  QuantisedRows from_row(std::size_t n) const {
    return {values + n * stride_bytes, stride_bytes, scales + n, sums + n};
  }
};

// Bytes of a row of K values, padded with zeros to a full step.
constexpr std::size_t quantised_bytes(std::size_t K) {
  return step_count(Precision::int8, K) * 4 * sizeof(std::int16_t);
}

// to = x [N, K]: integers -127 … 127 and the scale max |x| / 127 of each row. A row that is not
// finite gets the scale NaN, so that its products are NaN.
void quantise(ConstMatrix x, std::size_t N, std::size_t K, const QuantisedRows& to);

// Attention weights x [N, K], none negative, times scales [K] (null: 1), as 14-bit integers: row 2n
// of `to` holds the high and row 2n + 1 the low base-128 half of row n, integers 0 … 127. 8 bits
// would round a long tail of small weights to zero. A row that is not finite gets NaN scales.
void quantise_attention_weights(ConstMatrix x, std::size_t N, std::size_t K, const float* scales,
                                const QuantisedRows& to);

}  // namespace pno::infer
