#pragma once

// bfloat16: the upper half of a float32, the same range with 8 bits of mantissa.

#include <cstdint>

#include "base/bit_cast.h"

namespace pno {

// Rounds to the nearest, ties to even, as hardware does. x is finite; values beyond the largest
// bfloat16 (3.39e38) become infinite.
constexpr std::uint16_t to_bf16(float x) {
  const auto bits = bit_cast<std::uint32_t>(x);
  return static_cast<std::uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

constexpr float from_bf16(std::uint16_t x) {
  return bit_cast<float>(static_cast<std::uint32_t>(x) << 16);
}

}  // namespace pno
