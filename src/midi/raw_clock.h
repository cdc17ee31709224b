#pragma once

// Times to ticks of the tracks of a MIDI file, for programs that add events to it.

#include <cstdint>
#include <vector>

#include "midi/raw_track.h"
#include "midi/tempo_map.h"

namespace pno::midi {

inline constexpr std::uint8_t kMetaTempo = 0x51;

// The tempo changes of all tracks, sorted by tick.
std::vector<TempoChange> tempo_changes(const std::vector<std::vector<RawEvent>>& tracks);

// The first tick at or after a time, at most map.last_tick().
std::int64_t first_tick_at(const TempoMap& map, std::int64_t time_us);

// The tick of a time, with the part between two ticks.
double exact_tick(const TempoMap& map, std::int64_t time_us);

}  // namespace pno::midi
