#pragma once

// The operands of a product with packed panels.
//
// N positions, M rows of the panels, K values of each row

#include <cstddef>
#include <cstdint>

#include "infer/kernels/matrix_ops.h"
#include "infer/kernels/panels.h"
#include "infer/kernels/quantise.h"

namespace pno::infer {

// One of several int8 products over consecutive ranges of K whose int32 accumulators
// [N, M rounded up to full panels] are handed from one to the next: together they give the bytes of
// one product over all of K.
struct ProductPart {
  std::size_t first_input = 0;                    // of `quantised`
  const std::int32_t* accumulators_in = nullptr;  // to start from; null: zeros
  std::int32_t* accumulators_out = nullptr;       // written instead of `out`; null: the last part
};

// out [N, M] = x [N, K] · panels [M, K]ᵀ (+ bias). Each element is summed in one fixed order,
// whatever N, M and the other rows are. M need not fill the last panel, but w begins with a panel.
struct PanelProduct {
  ConstMatrix x = {};            // with bf16 panels
  QuantisedRows quantised = {};  // with int8 panels
  Panels w = {};
  Matrix out = {};
  std::size_t N = 0, M = 0, K = 0;  // K <= kMaxProductLength
  const float* bias = nullptr;      // [M], added; or null
  bool accumulate = false;          // out += instead of =
  ProductPart part = {};            // int8 only
};
// 255 · 127 · K must fit into an int32 accumulator.
inline constexpr std::size_t kMaxProductLength = 65536;

}  // namespace pno::infer
