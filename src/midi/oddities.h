#pragma once

// The faults of a MIDI file that its reader mended, counted.

#include <cstdint>
#include <string>

namespace pno::midi {

// All zero for a clean file.
struct Oddities {
  bool truncated = false;                // the file ends within a track; the part before was kept
  bool rmi = false;                      // wrapped in RIFF
  bool unknown_format = false;           // not 0, 1 or 2; read as format 1
  bool wrong_header_length = false;      // a track lies within; taken as six bytes
  bool wrong_track_count = false;        // the header announces another number of tracks
  bool no_piano_program = false;         // no program 0-7, one instrument: taken as piano
  std::int64_t bytes_before_header = 0;  // skipped
  std::int64_t appended_files = 0;       // 1 if another "MThd" follows the tracks; left out
  std::int64_t wrong_track_lengths = 0;  // mended by walking the events
  std::int64_t missing_end_of_track = 0;
  std::int64_t early_ends_of_track = 0;  // events of the same track follow; read on
  std::int64_t damaged_bytes = 0;        // of a track, passed over up to the next events
  std::int64_t unreadable_tracks = 0;  // with bytes that are not an event; the part before was kept
  std::int64_t bytes_after_end = 0;    // of a track, or between and after the chunks
  std::int64_t unknown_chunks = 0;
  std::int64_t wire_messages = 0;        // clocks and the like; skipped
  std::int64_t zero_tempos = 0;          // tempo changes to 0 microseconds; skipped
  std::int64_t damaged_deltas = 0;       // of a day or more; taken as one quarter note
  std::int64_t notes_without_end = 0;    // their ends were guessed, as smf_reader.h says
  std::int64_t pedals_without_end = 0;   // lifted soon after the last key
  std::int64_t stray_note_offs = 0;      // for a pitch that was not held; ignored
  std::int64_t overlapping_notes = 0;    // of one pitch; cut as the next begins
  std::int64_t zero_length_notes = 0;    // released when struck, not under the pedal; left out
  std::int64_t out_of_range_notes = 0;   // of a pitch above 127; left out
  std::int64_t drum_notes = 0;           // channel 10, or a drum bank; left out
  std::int64_t other_program_notes = 0;  // left out by `programs`

  bool any() const;
  std::string text() const;  // "2 notes without end, 1 stray note-off"; empty for a clean file
};

}  // namespace pno::midi
