#pragma once

// A track of a MIDI file that is cut: the events before a beginning are reduced to those that still
// hold there, those from an end on are left out, and the keys and pedals that are down are known.

#include <array>
#include <cstdint>
#include <vector>

#include "midi/raw_track.h"

namespace pno::midi {

struct HeldKey {
  std::uint8_t channel = 0, pitch = 0;
};

struct CutTrack {
  std::vector<RawEvent> events;  // ticks from the beginning on
  // At the end.
  std::vector<HeldKey> held_keys;
  // The value of each controller of each channel; -1: not set.
  std::array<std::array<int, 128>, 16> controllers;
  std::array<int, 16> programs;  // -1: not set
  std::array<std::int64_t, 16> notes{};
};

// `events` are those of read_raw_track().
CutTrack cut_track(const std::vector<RawEvent>& events, std::int64_t begin_tick,
                   std::int64_t end_tick);

}  // namespace pno::midi
