#pragma once

// Checks of the contract of performance.h, for tests and the fuzzer.

#include <array>
#include <string>
#include <tuple>

#include "midi/performance.h"

namespace pno::midi {

// A sentence about the first rule that is broken; empty if all hold.
inline std::string broken_invariant(const Performance& performance) {
  const Note* before = nullptr;
  std::array<std::int64_t, 128> sounds_until{};
  for (const Note& note : performance.notes) {
    if (note.start_us < 0) return "a note before the start";
    if (note.length_us == 0 || note.key_length_us == 0) return "a note of no length";
    if (note.key_length_us > note.length_us) return "a key held longer than its note";
    if (note.pitch > 127 || note.velocity == 0 || note.velocity > 127 || note.channel > 15) {
      return "a note out of range";
    }
    if (before != nullptr &&
        std::tie(before->start_us, before->pitch) >= std::tie(note.start_us, note.pitch)) {
      return "notes out of order";
    }
    if (sounds_until[note.pitch] > note.start_us) return "two notes of one pitch at once";
    sounds_until[note.pitch] = note.end_us();
    before = &note;
  }
  const Pedal* pedal_before = nullptr;
  std::array<std::array<std::int64_t, 16>, 2> down_until{};
  for (const Pedal& pedal : performance.pedals) {
    if (pedal.start_us < 0 || pedal.end_us <= pedal.start_us) return "a pedal of no length";
    if (pedal.channel > 15) return "a pedal out of range";
    if (pedal_before != nullptr &&
        std::tie(pedal_before->start_us, pedal_before->channel, pedal_before->kind) >=
            std::tie(pedal.start_us, pedal.channel, pedal.kind)) {
      return "pedals out of order";
    }
    auto& until = down_until[static_cast<std::size_t>(pedal.kind)][pedal.channel];
    if (until > pedal.start_us) return "one pedal down twice at once";
    until = pedal.end_us;
    pedal_before = &pedal;
  }
  return {};
}

}  // namespace pno::midi
