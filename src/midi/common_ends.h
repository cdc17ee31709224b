#pragma once

// Held notes that end together, written as a player would play them: short keys under a pedal that
// rises at their common end.

#include <cstdint>

#include "midi/performance.h"

namespace pno::midi {

// Adds sustain pedals to a performance that has none and whose keys are held as long as the notes
// sound, and shortens the keys under them. What sounds stays the same: apply_pedals() and
// make_playable() give the same notes. A pedal rises where at least two notes end; it goes down
// `grain_us` (> 0) after the last note before that ended, so times on a grid stay on it. Keys stay
// down for at least 0.1 s, if the note lasts so long. Returns the number of keys shortened.
std::int64_t pedal_common_ends(Performance& performance, std::int64_t grain_us);

}  // namespace pno::midi
