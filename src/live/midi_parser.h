#pragma once

// The bytes of a MIDI port to messages: running status, real-time bytes inside other messages, and
// system exclusive messages, which are skipped. Clock (F8) and active sensing (FE) are skipped,
// too. MIDI 1.0, "Data format". Does not allocate, lock or throw.

#include <cstdint>
#include <optional>

#include "live/midi_message.h"

namespace pno::live {

class MidiParser {
 public:
  // Reads a byte. Returns a message when it is complete; its time is `time_us`.
  std::optional<MidiMessage> read(std::uint8_t byte, std::int64_t time_us) noexcept;

  // Forgets an incomplete message and the running status: the next byte is of another connection.
  void reset() noexcept { *this = MidiParser(); }

 private:
  std::uint8_t status_ = 0;  // running; 0: none, data bytes are skipped
  std::uint8_t first_ = 0;
  bool has_first_ = false;
};

}  // namespace pno::live
