#include "infer/panels.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace pno::infer {
namespace {

// One panel of up to 16 rows, step by step: what is written lies in the order of memory.
void pack_bf16_panel(const float* w, std::size_t rows, std::size_t K, std::byte* panel) {
  const std::size_t steps = steps_of(Precision::bf16, K);
  for (std::size_t step = 0; step < steps; ++step) {
    std::array<std::uint16_t, 2 * kPanelRows> numbers = {};
    for (std::size_t r = 0; r < rows; ++r) {
      const float* from = w + r * K + 2 * step;
      numbers[2 * r] = to_bf16(from[0]);
      if (2 * step + 1 < K) numbers[2 * r + 1] = to_bf16(from[1]);
    }
    std::memcpy(panel + step * kStepBytes, numbers.data(), kStepBytes);
  }
}

void pack_int8_panel(const float* w, std::size_t rows, std::size_t K, std::byte* panel,
                     float* scales) {
  std::array<float, kPanelRows> inverses = {};
  for (std::size_t r = 0; r < rows; ++r) {
    scales[r] = scale_of(w + r * K, K);
    inverses[r] = inverse_of(scales[r]);
  }
  const std::size_t steps = steps_of(Precision::int8, K);
  for (std::size_t step = 0; step < steps; ++step) {
    std::array<std::uint8_t, kStepBytes> bytes;
    bytes.fill(kByteOffset);
    const std::size_t numbers = std::min<std::size_t>(4, K - 4 * step);
    for (std::size_t r = 0; r < rows; ++r) {
      const float* from = w + r * K + 4 * step;
      for (std::size_t k = 0; k < numbers; ++k) bytes[4 * r + k] = to_byte(from[k], inverses[r]);
    }
    std::memcpy(panel + step * kStepBytes, bytes.data(), kStepBytes);
  }
}

}  // namespace

std::uint16_t to_bf16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return static_cast<std::uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

float from_bf16(std::uint16_t x) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(x) << 16);
}

float scale_of(const float* x, std::size_t K) {
  float largest = 0;
  for (std::size_t k = 0; k < K; ++k) largest = std::max(largest, std::abs(x[k]));
  return largest / kLargestByte;
}

void pack_rows(Precision precision, const float* w, std::size_t count, std::size_t K,
               std::byte* panels, float* scales) {
  for (std::size_t m = 0; m < count; m += kPanelRows) {
    const std::size_t rows = std::min(kPanelRows, count - m);
    std::byte* panel = panels + m / kPanelRows * panel_bytes(precision, K);
    if (precision == Precision::bf16) {
      pack_bf16_panel(w + m * K, rows, K, panel);
    } else {
      pack_int8_panel(w + m * K, rows, K, panel, scales + m);
    }
  }
}

void pack_columns(Precision precision, const float* w, std::size_t rows, std::size_t columns,
                  std::byte* panels, float* scales) {
  const std::size_t size_bytes = panel_bytes(precision, rows);
  if (precision == Precision::int8) {
    std::memset(panels, kByteOffset, panels_of(columns) * size_bytes);
  }
  for (std::size_t k = 0; k < rows; ++k) {
    const float* row = w + k * columns;
    if (precision == Precision::bf16) {
      for (std::size_t m = 0; m < columns; ++m) {
        const auto number = to_bf16(row[m]);
        std::memcpy(panels + byte_of(precision, size_bytes, m, k), &number, sizeof(number));
      }
      continue;
    }
    scales[k] = scale_of(row, columns);
    const float inverse = inverse_of(scales[k]);
    for (std::size_t m = 0; m < columns; ++m) {
      panels[byte_of(precision, size_bytes, m, k)] = std::byte(to_byte(row[m], inverse));
    }
  }
}

}  // namespace pno::infer
