#pragma once

// Standard MIDI File reading: bytes in, one time-sorted performance out.
// Format: SMF 1.0 (RP-001), and what real files make of it. Never throws, never prints.
//
// - Tracks and channels are merged; the tracks of a type 2 file follow one another. A NOTE_OFF ends
//   the oldest held note of its track, channel and pitch.
// - The pedals, CC64 and CC66, are down from value 64 on, for their channel in all tracks; see
//   pedal.h. No other controller is a pedal.
// - All Notes Off and All Sound Off (CC123, CC120) end what no NOTE_OFF ends. They do not end the
//   others: sequencers write them as a precaution, and a file says when its keys are released.
// - A note has the program that its track last chose for its channel; where the track chose none,
//   that which the channel last got from any track; else 0.

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
  int ticks_per_quarter = 0;     // 0 where the division is SMPTE
  double smpte_ticks_per_s = 0;  // 0 where the division counts ticks per quarter
  std::int64_t tempo_changes = 0;
  double first_tempo_bpm = 120;
};

// Reads a whole file held in memory. A file that can be read only up to a point comes back with
// `oddities.truncated` set; one without a readable header, or over the limits, is an Error whose
// message is a clause without the file's name ("is no MIDI file: …"): the caller knows the name.
// A file without notes is no error here.
Expected<SmfFile> read_smf(std::span<const std::byte> bytes, const ReadOptions& options = {});

}  // namespace pno::midi
