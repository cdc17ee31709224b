#include "infer/kernels/panels.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/bf16.h"
#include "infer/kernels/byte_ops.h"

namespace pno::infer {
namespace {

// A row as the lanes it takes, one for each step; what is beyond K stays as it is.
void to_lanes(Precision precision, const float* row, std::size_t K, float* scale,
              std::vector<std::uint32_t>& lanes) {
  if (precision == Precision::bf16) {
    auto* halves = reinterpret_cast<std::byte*>(lanes.data());
    for (std::size_t k = 0; k < K; ++k) {
      const std::uint16_t half = to_bf16(row[k]);
      std::memcpy(halves + k * sizeof(half), &half, sizeof(half));
    }
    return;
  }
  *scale = scale_of(row, K);
  to_bytes(row, K, inverse_of(*scale), reinterpret_cast<std::uint8_t*>(lanes.data()));
}

}  // namespace

void pack_rows(Precision precision, const float* w, std::size_t count, std::size_t K,
               std::byte* panels, float* scales) {
  const std::uint32_t zero = precision == Precision::int8 ? 0x80808080U : 0;
  std::vector<std::uint32_t> lanes(steps_of(precision, K), zero);
  for (std::size_t m = 0; m < panels_of(count) * kPanelRows; ++m) {
    if (m < count) {
      to_lanes(precision, w + m * K, K, scales == nullptr ? nullptr : scales + m, lanes);
    } else {
      std::fill(lanes.begin(), lanes.end(), zero);
    }
    std::byte* place = panels + byte_of(precision, panel_bytes(precision, K), m, 0);
    for (std::size_t step = 0; step < lanes.size(); ++step) {
      std::memcpy(place + step * kStepBytes, &lanes[step], kLaneBytes);
    }
  }
}

void pack_columns(Precision precision, const float* w, std::size_t rows, std::size_t columns,
                  std::byte* panels, float* scales) {
  const std::size_t size_bytes = panel_bytes(precision, rows);
  std::vector<std::uint8_t> bytes(columns);
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
    to_bytes(row, columns, inverse_of(scales[k]), bytes.data());
    for (std::size_t m = 0; m < columns; ++m) {
      panels[byte_of(precision, size_bytes, m, k)] = std::byte(bytes[m]);
    }
  }
}

}  // namespace pno::infer
