#pragma once

// The key and pedal movements of a performance in the order of time.

#include <cstdint>
#include <vector>

#include "midi/performance.h"

namespace pno::sound {

struct Movement {
  // Movements of one time are made in this order: a key is released before it is struck again, and
  // a pedal change at the end of a note does not sustain it.
  enum class Kind : std::uint8_t { pedal_up, key_up, pedal_down, key_down };

  std::int64_t time_us = 0;
  Kind kind = Kind::key_down;
  midi::Pedal::Kind pedal = midi::Pedal::Kind::sustain;  // for pedal kinds
  std::uint8_t channel = 0;
  std::uint8_t pitch = 0;     // for key kinds
  std::uint8_t velocity = 0;  // for key_down
};

std::vector<Movement> movements(const midi::Performance& performance);

}  // namespace pno::sound
