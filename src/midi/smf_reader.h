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

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "midi/performance.h"

namespace pno::midi {

enum class Programs {
  piano,  // programs 0-7; all, where a file has no piano program and one instrument
  all,    // every program but the drums of channel 10
};
constexpr auto enum_names(Programs) {
  return std::array{"piano", "all"};
}

struct ReadOptions {
  bool sustain = true;  // a pedal lengthens notes; else length_us == key_length_us
  Programs programs = Programs::piano;
  std::int64_t max_notes = 10'000'000;          // more is refused
  std::int64_t max_length_us = 86'400'000'000;  // a day; more is refused
};

// What was odd about a file, counted; all zero for a clean one.
struct Oddities {
  bool truncated = false;          // a track ended before its length; what came before was kept
  bool rmi = false;                // wrapped in RIFF
  bool wrong_track_count = false;  // the header announces another number of tracks
  bool no_piano_program = false;   // no program 0-7, one instrument: taken as piano
  std::int64_t missing_end_of_track = 0;
  std::int64_t unreadable_tracks = 0;  // with bytes that are no event; what came before was kept
  std::int64_t bytes_after_end = 0;    // of a track, or between and after the chunks
  std::int64_t unknown_chunks = 0;
  std::int64_t wire_messages = 0;        // clocks and the like, that belong on a wire; passed over
  std::int64_t zero_tempos = 0;          // tempo changes to no time at all; passed over
  std::int64_t notes_without_end = 0;    // closed at an All Notes Off, or the end of their track
  std::int64_t stray_note_offs = 0;      // for a pitch that was not held; ignored
  std::int64_t overlapping_notes = 0;    // of one pitch; cut where the next begins
  std::int64_t zero_length_notes = 0;    // key released when it was struck; left out
  std::int64_t out_of_range_notes = 0;   // of a pitch above 127; left out
  std::int64_t drum_notes = 0;           // channel 10; left out
  std::int64_t other_program_notes = 0;  // left out by `programs`

  bool any() const;
  std::string text() const;  // "2 notes without end, 1 stray note-off"; empty for a clean file
};

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
