#pragma once

// How the engine lays out numbers that are dotted with something: rows of weights with a token's
// activations, keys with its query, channels of values with its attention. 16 rows lie together in
// a panel, cut into steps of 64 bytes that a product reads one after the other; a step holds the
// next 4 (int8) or 2 (bf16) numbers of each row:
//
//   int8   row 0: k k+1 k+2 k+3 | row 1: k k+1 k+2 k+3 | … | row 15    then k + 4 …
//   bf16   row 0: k k+1         | row 1: k k+1         | … | row 15    then k + 2 …
//
// so that each row has one lane of 32 bits, and the sums of 16 rows stand side by side at the end.
// Vectors of any size up to 16 lanes read it: one, two or four of them a step.
//
// int8 numbers are stored with 128 added, as bytes of 1 … 255: instructions that multiply bytes
// take one operand without a sign. A product takes 128 times the sum of its other operand off.
//
// M rows, K numbers of a row

#include <cstddef>
#include <cstdint>

#include "infer/kernels/byte_ops.h"
#include "infer/kernels/precision.h"

namespace pno::infer {

inline constexpr std::size_t kPanelRows = 16;
inline constexpr std::size_t kStepBytes = 64;
inline constexpr std::size_t kLaneBytes = kStepBytes / kPanelRows;

// Numbers of a row in a step. `precision` is bf16 or int8 throughout.
constexpr std::size_t numbers_of_step(Precision precision) {
  return precision == Precision::int8 ? 4 : 2;
}
constexpr std::size_t steps_of(Precision precision, std::size_t K) {
  return (K + numbers_of_step(precision) - 1) / numbers_of_step(precision);
}
constexpr std::size_t panels_of(std::size_t M) {
  return (M + kPanelRows - 1) / kPanelRows;
}
constexpr std::size_t panel_bytes(Precision precision, std::size_t K) {
  return steps_of(precision, K) * kStepBytes;
}
// Where number k of row m lies.
constexpr std::size_t byte_of(Precision precision, std::size_t panel_size_bytes, std::size_t m,
                              std::size_t k) {
  const std::size_t step = k / numbers_of_step(precision), within = k % numbers_of_step(precision);
  return m / kPanelRows * panel_size_bytes + step * kStepBytes + m % kPanelRows * kLaneBytes +
         within * (kLaneBytes / numbers_of_step(precision));
}

// Panels that are somebody else's. Rows and numbers beyond M and K are zero (128 in int8).
struct Panels {
  Precision precision = Precision::int8;
  const std::byte* data = nullptr;
  std::size_t panel_size_bytes = 0;
  const float* scales = nullptr;  // [M, rounded up to whole panels], of int8; or null: 1
};

// Packs rows w [count, K], stride K, into panels from panel 0 of `panels` on, and their scales.
void pack_rows(Precision precision, const float* w, std::size_t count, std::size_t K,
               std::byte* panels, float* scales);

// Packs w [rows, K] turned round, as attention mixes values: row k of w is number k of each of the
// panels' M = columns rows. Each row of w has a scale of its own, [rows], beside the panels.
void pack_columns(Precision precision, const float* w, std::size_t rows, std::size_t columns,
                  std::byte* panels, float* scales);

}  // namespace pno::infer
