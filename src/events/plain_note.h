#pragma once

// A note as events and datasets have it.

#include <cstdint>

namespace pno::events {

// A note and the part that it belongs to; 16 bytes.
struct PlainNote {
  std::int64_t start_us = 0;
  std::uint32_t length_us = 0;
  std::uint8_t pitch = 0;
  std::uint8_t velocity = 0;
  std::uint8_t part = 0;  // of a piece with parts (corpus/piece.h); events do not depend on it

  bool operator==(const PlainNote&) const = default;
};

}  // namespace pno::events
