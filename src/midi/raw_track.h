#pragma once

// The events of a track chunk as bytes, so that a file can be written again with them.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "midi/tempo_map.h"

namespace pno::midi {

struct RawEvent {
  std::int64_t tick = 0;
  std::vector<std::byte> bytes;  // from the status byte on, which is never left out

  std::uint8_t status() const { return std::to_integer<std::uint8_t>(bytes.front()); }
  bool is_channel_message() const { return status() < 0xF0; }
  // 0x8 NOTE_OFF … 0xE pitch bend, of a channel message.
  int message() const { return status() >> 4; }
  std::uint8_t channel() const { return status() & 0xF; }
  // The data bytes of a channel message.
  std::uint8_t data(std::size_t i) const { return std::to_integer<std::uint8_t>(bytes[1 + i]); }
  bool is_meta(std::uint8_t type) const {
    return status() == 0xFF && std::to_integer<std::uint8_t>(bytes[1]) == type;
  }
  bool is_note_on() const { return is_channel_message() && message() == 0x9 && data(1) > 0; }
  bool is_note_off() const {
    return is_channel_message() && (message() == 0x8 || (message() == 0x9 && data(1) == 0));
  }
};

// All events but End of Track, and but system messages that no file should have, as far as they can
// be read, at the ticks that TrackReader gives them.
std::vector<RawEvent> read_raw_track(std::span<const std::byte> track, const Division& division);

}  // namespace pno::midi
