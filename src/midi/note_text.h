#pragma once

// Notes and pedals in words, for tests that fail.

#include <fmt/format.h>

#include <ostream>

#include "midi/performance.h"

namespace pno::midi {

inline void PrintTo(const Note& n, std::ostream* out) {
  *out << fmt::format("pitch {} at {} for {} (key {}), velocity {}, channel {}", n.pitch,
                      n.start_us, n.length_us, n.key_length_us, n.velocity, n.channel);
}

inline void PrintTo(const Pedal& p, std::ostream* out) {
  *out << fmt::format("{} from {} to {}, channel {}",
                      p.kind == Pedal::Kind::sustain ? "sustain" : "sostenuto", p.start_us,
                      p.end_us, p.channel);
}

}  // namespace pno::midi
