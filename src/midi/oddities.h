#pragma once

// What the reader of a MIDI file found and mended, counted.

#include <cstdint>
#include <string>

namespace pno::midi {

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

}  // namespace pno::midi
