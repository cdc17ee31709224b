#pragma once

// The operands of a product with panels.
//
// N positions, M rows of the panels, K numbers that each has

#include <cstddef>
#include <cstdint>

#include "infer/kernels/matrix_ops.h"
#include "infer/kernels/panels.h"
#include "infer/kernels/quantise.h"

namespace pno::infer {

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

}  // namespace pno::infer
