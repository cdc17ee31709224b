#pragma once

// The key presses of one song, in ticks, to notes with the lengths of their keys.

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "midi/performance.h"
#include "midi/tempo_map.h"
#include "midi/track_events.h"

namespace pno::midi {

// The end of a key whose NOTE_OFF is lost: the next strike of its pitch or All Notes Off, if that
// comes within kBelievedEnd_us. Otherwise it sounds as long as the median of the song's other keys,
// at most kOpenKeyRing_us; for kOpenKeyRing_us if the song has no other keys.
inline constexpr std::int64_t kBelievedEnd_us = 10'000'000;
inline constexpr std::int64_t kOpenKeyRing_us = 2'000'000;

struct SongNotes {
  std::vector<Note> notes;       // sorted by start; key_length_us is 0 if released when struck
  std::int64_t last_key_us = 0;  // the last strike or release of a key
};

// Times are from the start of the song. `channels` are those of the lines. Returns an error if a
// key is struck or released after the last tick of the map.
Expected<SongNotes> song_notes(const SongEvents& song, const TempoMap& map,
                               std::span<const std::uint8_t, kLines> channels);

}  // namespace pno::midi
