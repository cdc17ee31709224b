#pragma once

// The port, synthesizer or memory that a room sends messages to.

#include <cstdint>
#include <span>

namespace pno::live {

class MidiOutput {
 public:
  virtual ~MidiOutput() = default;
  // Sends a complete message at once. Called by one thread at a time. A port that is lost drops it.
  virtual void send(std::span<const std::uint8_t> message) noexcept = 0;
};

}  // namespace pno::live
