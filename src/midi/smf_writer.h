#pragma once

// Standard MIDI File writing: a performance to the bytes of a type 0 file that notation programs
// and sequencers open: at most 960 ticks a quarter, a tempo of 30 to 300, a time signature (4/4), a
// track name, the end of the track at the last event.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "midi/performance.h"

namespace pno::midi {

// The track name where none is given.
inline constexpr std::string_view kPianoTrack = "Piano";

struct WriteOptions {
  std::string title{};      // track name; empty: kPianoTrack
  std::string text{};       // a text event: how the music came to be; none if empty
  std::string copyright{};  // licence of what it derives from; none if empty
  // Quarter notes a minute. One outside 30 … 300 is halved or doubled until it is within.
  double tempo_bpm = 120;
  // Keeps every microsecond: 30,000 ticks a quarter at 2,000 quarters a minute, which some programs
  // refuse.
  bool every_microsecond = false;
};

// A quarter has 500 ticks if every time is then on a tick, to 2 microseconds: at 120 quarters a
// minute, if all are in milliseconds. Otherwise it has 960 at a tempo of at least 120, and
// times are rounded to the nearest tick, at most 0.27 ms away. Keys are released after
// key_length_us; pedals are written as CC64 and CC66. Every channel that is used gets program 0.
// Channel 9 must not be: readers take its notes for drums. The lengths read are those that keys and
// pedals make: length_us itself is not written.
std::vector<std::byte> write_smf(const Performance& performance, const WriteOptions& options = {});

}  // namespace pno::midi
