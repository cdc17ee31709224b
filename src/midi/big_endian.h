#pragma once

// Integers of a MIDI file: the most significant byte first.

#include <cstddef>
#include <cstdint>
#include <span>

namespace pno::midi {

// Of at most four bytes.
inline std::uint32_t big_endian(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (const std::byte b : bytes) value = value << 8 | std::to_integer<std::uint32_t>(b);
  return value;
}

}  // namespace pno::midi
