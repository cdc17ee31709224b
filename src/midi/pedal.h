#pragma once

// The effect of pedals on the length of notes.

#include <cstdint>
#include <span>
#include <vector>

#include "midi/lines.h"
#include "midi/performance.h"
#include "midi/tempo_map.h"
#include "midi/track_events.h"

namespace pno::midi {

// Every sound ends at most this long after the last key of a song is released.
inline constexpr std::int64_t kLongestRing_us = 30'000'000;

// A pedal that a file never lifts ends this long after the last key is released.
inline constexpr std::int64_t kOpenPedalRing_us = 2'000'000;

// Of one song.
struct PedalTimes {
  const TempoMap* map = nullptr;
  std::int64_t last_key_us = 0;                    // the last strike or release of a key
  std::int64_t offset_us = 0;                      // from the start of the file to that of the song
  std::span<const std::uint8_t, kLines> channels;  // of the lines; see channels_of_lines()
};

// Moves of one song, sorted by tick, to the times in which the pedals were down. One that is not
// lifted within kLongestRing_us after the last key is never lifted: it ends kOpenPedalRing_us after
// the last key. The times are appended to `pedals`, not sorted. Moves of a line without a channel
// are ignored. Returns the number of pedals that were never lifted.
std::int64_t append_pedals(std::span<const PedalMove> moves, const PedalTimes& times,
                           std::vector<Pedal>& pedals);

// By (start, channel, kind), as a Performance has them.
void sort_pedals(std::vector<Pedal>& pedals);

// Sets length_us of each note from its key_length_us and the pedals of its channel. `notes` are
// sorted by start, `pedals` as a Performance has them, and no two of a kind and channel overlap.
//
// A note of key_length_us 0 (struck and released at one time) rings if the sustain pedal is down,
// and its key_length_us becomes 1; otherwise its length_us becomes 0.
//
// A string is damped at the first moment at which neither its key is down, nor the sustain pedal,
// nor a sostenuto pedal that went down while it sounded. A key released just as the sustain pedal
// goes down is under it: of 6,455 such releases in ASAP and POP909, 4,963 come after the pedal in
// the file. A key struck just as the sostenuto pedal goes down is held by it.
//
// Lengths depend on these times alone, not on the order of events at one time, so they stay the
// same if tracks are merged or a performance is written and read again. The next strike of a pitch
// does not end a note here: make_playable() cuts there.
void apply_pedals(std::span<Note> notes, std::span<const Pedal> pedals);

// Ends everything at most kLongestRing_us after the last key is released. `pedals` that begin later
// are removed.
void cut_after_last_key(std::vector<Note>& notes, std::vector<Pedal>& pedals);

// A length as a Note holds it; more than 71 minutes are cut.
std::uint32_t note_length_us(std::int64_t start_us, std::int64_t end_us);

}  // namespace pno::midi
