#pragma once

// Packed panels: the memory layout of everything that bf16 and int8 products read. Rows of weights
// are multiplied by activations, keys by queries, channels of values by attention weights. A panel
// holds 16 rows, cut into steps of 64 bytes that a product reads in order; a step holds the next 4
// (int8) or 2 (bf16) values of each row:
//
//   int8   row 0: k k+1 k+2 k+3 | row 1: k k+1 k+2 k+3 | … | row 15    then k + 4 …
//   bf16   row 0: k k+1         | row 1: k k+1         | … | row 15    then k + 2 …
//
// Each row has one 32-bit lane of a step, so a product ends with the sums of 16 rows side by side.
// A step is one, two or four vectors, for any vector of up to 16 lanes.
//
// int8 values are stored as value + 128, bytes of 1 … 255: the instructions that multiply bytes
// take one unsigned operand. A product subtracts 128 times the sum of its other operand.
//
// M rows, K values of a row

#include <cstddef>
#include <cstdint>

#include "infer/kernels/byte_ops.h"
#include "infer/kernels/precision.h"

namespace pno::infer {

inline constexpr std::size_t kPanelRows = 16;
inline constexpr std::size_t kStepBytes = 64;
inline constexpr std::size_t kLaneBytes = kStepBytes / kPanelRows;

// Values of one row in a step. `precision` is bf16 or int8 in this file.
constexpr std::size_t values_per_step(Precision precision) {
  return precision == Precision::int8 ? 4 : 2;
}
constexpr std::size_t step_count(Precision precision, std::size_t K) {
  return (K + values_per_step(precision) - 1) / values_per_step(precision);
}
constexpr std::size_t panel_count(std::size_t M) {
  return (M + kPanelRows - 1) / kPanelRows;
}
// Bytes of one panel.
constexpr std::size_t panel_bytes(Precision precision, std::size_t K) {
  return step_count(precision, K) * kStepBytes;
}
// Offset of value k of row m.
constexpr std::size_t byte_offset(Precision precision, std::size_t panel_size_bytes, std::size_t m,
                                  std::size_t k) {
  const std::size_t step = k / values_per_step(precision), within = k % values_per_step(precision);
  return m / kPanelRows * panel_size_bytes + step * kStepBytes + m % kPanelRows * kLaneBytes +
         within * (kLaneBytes / values_per_step(precision));
}

// A view of packed panels. Rows from M on and values from K on are zero (the byte 128 in int8).
struct Panels {
  Precision precision = Precision::int8;
  const std::byte* data = nullptr;
  std::size_t panel_size_bytes = 0;
  const float* scales = nullptr;  // [M, rounded up to full panels], int8 only; null: all 1

  // The panels from row `row` on, a multiple of kPanelRows.
  Panels from_row(std::size_t row) const {
    return {precision, data + row / kPanelRows * panel_size_bytes, panel_size_bytes,
            scales == nullptr ? nullptr : scales + row};
  }
  // The values from `k` on of every row, a multiple of values_per_step().
  Panels from_value(std::size_t k) const {
    return {precision, data + k / values_per_step(precision) * kStepBytes, panel_size_bytes,
            scales};
  }
  Panels without_scales() const { return {precision, data, panel_size_bytes, nullptr}; }
};

// Source and destination of packing.
struct Packing {
  Precision precision = Precision::int8;
  const float* w = nullptr;  // [rows, columns]
  std::size_t rows = 0, columns = 0;
  std::byte* panels = nullptr;
  float* scales = nullptr;  // written in int8; one for each row of w
  // In int8: the scales of rows that are integers times a scale already; null: max |row| / 127.
  const float* given_scales = nullptr;  // [rows]
};

// Packs w: row m of w becomes row m of the panels.
void pack_rows(const Packing& packing);

// Packs wᵀ: column m of w becomes row m of the panels. For values, of which a weighted sum is
// taken.
void pack_columns(const Packing& packing);

}  // namespace pno::infer
