#pragma once

// The movements of keys and pedals in the order in which a player makes them.

#include <cstdint>
#include <vector>

#include "midi/performance.h"

namespace pno::sound {

struct Movement {
  // In the order in which movements of one time are made: a string struck again is damped first,
  // and a pedal changed at a note's end does not catch it.
  enum class Kind : std::uint8_t { pedal_up, key_up, pedal_down, key_down };

  std::int64_t time_us = 0;
  Kind kind = Kind::key_down;
  midi::Pedal::Kind pedal = midi::Pedal::Kind::sustain;  // of the pedal kinds
  std::uint8_t channel = 0;
  std::uint8_t pitch = 0;     // of the key kinds
  std::uint8_t velocity = 0;  // of key_down
};

std::vector<Movement> movements(const midi::Performance& performance);

}  // namespace pno::sound
