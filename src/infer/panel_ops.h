#pragma once

// The products of infer/panels.h, in SIMD, for one thread: the engine's matrix work in bf16 and
// int8. Scalar twins are in the tests beside.
//
// N positions, M rows of the panels, K numbers that each has

#include <cstddef>
#include <cstdint>

#include "infer/matrix_ops.h"
#include "infer/panels.h"

namespace pno::infer {

// Activations in int8, a scale for each row. What lies in `numbers` depends on the SIMD target:
// it is for the product of the same target.
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

// A part of a longer product in int8, whose whole sums [N, M rounded up to whole panels] go from
// one part to the next: all parts together give the bytes of the product in one.
struct Part {
  std::size_t first = 0;                 // numbers of `quantised` before this part's
  const std::int32_t* before = nullptr;  // sums to begin with; null: none
  std::int32_t* after = nullptr;  // where they go instead of to `out`; null: this is the last
};

// out [N, M] = x [N, K] · rows of the panels. Each number is summed in one order, whatever N, M and
// the other rows are. M need not be whole panels, but w begins with one.
struct PanelProduct {
  ConstMatrix x;            // of bf16
  QuantisedRows quantised;  // of int8
  Panels w;
  Matrix out;
  std::size_t N = 0, M = 0, K = 0;  // K at most kMostNumbers
  const float* bias = nullptr;      // [M], added; or null
  bool accumulate = false;          // out += instead of =
  Part part = {};                   // of int8
};
// 255 · 127 · K must fit into 32 bits.
inline constexpr std::size_t kMostNumbers = 65536;
void multiply_panels(const PanelProduct& product);

}  // namespace pno::infer
