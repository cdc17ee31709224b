#include "infer/kernels/panels.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/bf16.h"
#include "infer/kernels/byte_ops.h"

namespace pno::infer {
namespace {

// The int8 scale of row m of the source, which is `row`.
float scale_of(const Packing& packing, std::size_t m, const float* row) {
  return packing.given_scales == nullptr ? int8_scale(row, packing.columns)
                                         : packing.given_scales[m];
}

// Row m as 32-bit lanes, one for each step. Bytes after the last value are left alone.
void to_lanes(const Packing& packing, std::size_t m, std::vector<std::uint32_t>& lanes) {
  const std::size_t K = packing.columns;
  const float* row = packing.w + m * K;
  if (packing.precision == Precision::bf16) {
    auto* bytes = reinterpret_cast<std::byte*>(lanes.data());
    for (std::size_t k = 0; k < K; ++k) {
      const std::uint16_t value = to_bf16(row[k]);
      std::memcpy(bytes + k * sizeof(value), &value, sizeof(value));
    }
    return;
  }
  packing.scales[m] = scale_of(packing, m, row);
  to_offset_bytes(row, K, inverse_scale(packing.scales[m]),
                  reinterpret_cast<std::uint8_t*>(lanes.data()));
}

}  // namespace

void pack_rows(const Packing& packing) {
  const Precision precision = packing.precision;
  const std::size_t M = packing.rows, K = packing.columns;
  const std::uint32_t zero = precision == Precision::int8 ? 0x80808080U : 0;
  std::vector<std::uint32_t> lanes(step_count(precision, K), zero);
  for (std::size_t m = 0; m < panel_count(M) * kPanelRows; ++m) {
    if (m < M) {
      to_lanes(packing, m, lanes);
    } else {
      std::fill(lanes.begin(), lanes.end(), zero);
    }
    std::byte* to = packing.panels + byte_offset(precision, panel_bytes(precision, K), m, 0);
    for (std::size_t step = 0; step < lanes.size(); ++step) {
      std::memcpy(to + step * kStepBytes, &lanes[step], kLaneBytes);
    }
  }
}

void pack_columns(const Packing& packing) {
  const Precision precision = packing.precision;
  const std::size_t K = packing.rows, M = packing.columns;
  std::byte* const panels = packing.panels;
  const std::size_t size_bytes = panel_bytes(precision, K);
  std::vector<std::uint8_t> bytes(M);
  if (precision == Precision::int8) {
    std::memset(panels, kByteOffset, panel_count(M) * size_bytes);
  }
  for (std::size_t k = 0; k < K; ++k) {
    const float* row = packing.w + k * M;
    if (precision == Precision::bf16) {
      for (std::size_t m = 0; m < M; ++m) {
        const auto value = to_bf16(row[m]);
        std::memcpy(panels + byte_offset(precision, size_bytes, m, k), &value, sizeof(value));
      }
      continue;
    }
    packing.scales[k] = scale_of(packing, k, row);
    to_offset_bytes(row, M, inverse_scale(packing.scales[k]), bytes.data());
    for (std::size_t m = 0; m < M; ++m) {
      panels[byte_offset(precision, size_bytes, m, k)] = std::byte(bytes[m]);
    }
  }
}

}  // namespace pno::infer
