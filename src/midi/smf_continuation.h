#pragma once

// A MIDI file that is continued: its own events up to a cut stay as they are, at their ticks and in
// their tracks; new music follows in a track of its own.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "midi/performance.h"

namespace pno::midi {

// Times in microseconds are those of the file, its tempo map applied.
struct Continuation {
  // Events before this time are left out, but those that choose a tempo, a program, a name and the
  // like, which come first; the result begins at this time.
  std::int64_t from_us = 0;
  std::int64_t cut_us = 0;  // events from here on are left out
  // When a note that sounds at the cut ends, by pitch; 0: none sounds.
  std::array<std::int64_t, 128> ends_us{};
  Performance music = {};  // new notes and pedals; their channel and track are not read
  std::string title{}, text{}, copyright{};  // of the new track
  int transpose = 0;                         // semitones, of the file's own notes
  double tempo_scale = 1;                    // of all
};

struct ContinuedSmf {
  std::vector<std::byte> bytes;
  std::int64_t left_out = 0;  // own notes that the transposition moves outside 0..127
};

// The result is of format 1, with the file's division, tempo map, metre, names and controllers up
// to the cut. If a tick is longer than 5 ms, the division is multiplied.
//
// A key that is down at the cut is released at ends_us of its pitch, or at the cut. A pedal that is
// down rises when the last note that it holds ends, at most kLongestPedal_us after the cut. The new
// track uses a channel that the file does not use, so that the file's pedal does not blur it, with
// the program and the volume of the channel that has most of the file's notes.
//
// Returns an error, a clause without the file's name, if the file cannot be read, if its tracks
// follow one another (format 2), or if its tempo cannot be scaled (a SMPTE division, or a tempo
// beyond what MIDI can hold).
Expected<ContinuedSmf> continue_smf(std::span<const std::byte> bytes,
                                    const Continuation& continuation);

inline constexpr std::int64_t kLongestPedal_us = 2'000'000;

}  // namespace pno::midi
