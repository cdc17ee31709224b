#pragma once

// Standard MIDI File reading: bytes in, one time-sorted performance out.
// Format: SMF 1.0 (RP-001), and the forms that real files have. Does not throw, except for
// std::bad_alloc. Does not print. All mending is counted in Oddities.
//
// - Tracks and channels are merged; the tracks of a type 2 file follow one another, each as long as
//   its keys and pedals. Chunks: smf_chunks.h and track_extent.h.
// - A piece is as long as its notes. A delta time of a day or more counts as a quarter note.
// - A NOTE_OFF ends the oldest held note of its track, line (a channel of a port, meta event FF 21)
//   and pitch. If NOTE_OFFs are lost, lost_note_offs.h says which notes have none.
// - A note without NOTE_OFF ends with the next strike of its pitch, All Notes Off (CC123) or All
//   Sound Off (CC120), if that comes within 10 s; otherwise after the median length of the other
//   keys, at most 2 s. All Notes Off does not end any other note: sequencers write it as a
//   precaution.
// - The pedals, CC64 and CC66, are down from value 64, for their line in all tracks (pedal.h).
//   Other controllers are not pedals. Reset All Controllers (CC121) lifts those of its line, GM, GS
//   and XG resets those of their port. A pedal that is not lifted within 30 s after the last key
//   ends 2 s after it.
// - A note whose key is released at the time of its strike is kept if the sustain pedal is down,
//   and left out otherwise.
// - A note has the program that its track last chose for its line; if the track did not choose one,
//   the last that any track chose for the line; otherwise 0.
// - Drums are left out: channel 10 of each port, and any line whose last program change followed a
//   bank select MSB (CC0) of 120 (GM 2), 126 or 127 (XG; not after a GS reset).
// - Silence before the first note is kept; corpus/ and cli/ leave it out of pieces and primes.

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "midi/oddities.h"
#include "midi/performance.h"
#include "midi/read_options.h"

namespace pno::midi {

struct SmfFile {
  Performance performance;
  Oddities oddities;
  int format = 0;                // 0, 1 or 2
  int tracks = 0;                // found
  int ticks_per_quarter = 0;     // 0 if the division is SMPTE
  double smpte_ticks_per_s = 0;  // 0 if the division counts ticks per quarter
  std::int64_t tempo_changes = 0;
  double first_tempo_bpm = 120;
};

// True if a header is found, at the beginning or after other bytes, or in a RIFF file. Does not
// throw.
bool holds_smf(std::span<const std::byte> bytes);

// Reads a whole file held in memory. A file that can be read only up to a point comes back with
// `oddities.truncated` set; one without a readable header, or over the limits, is an Error whose
// message is a clause without the file's name ("is not a MIDI file: …"): the caller knows the name.
// A file without notes is not an error here.
Expected<SmfFile> read_smf(std::span<const std::byte> bytes, const ReadOptions& options = {});

}  // namespace pno::midi
