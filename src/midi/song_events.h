#pragma once

// The events of the tracks that sound together, in ticks.

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "midi/performance.h"
#include "midi/tempo_map.h"

namespace pno::midi {

// A line is a channel of a port: the number of the port times 16, plus the channel. Ports (meta
// event FF 21) are numbered in the order in which the file names them; 0 is the port of tracks
// that do not name one. All ports from the 16th share a number.
inline constexpr std::size_t kChannels = 16, kPorts = 16, kLines = kPorts * kChannels;
inline constexpr std::uint8_t kDrumChannel = 9;  // "channel 10", counted from 1

inline bool is_drum_line(std::uint8_t line) {
  return line % kChannels == kDrumChannel;
}

// In place of a program, 0..127.
inline constexpr std::uint8_t kProgramUnset = 255;
inline constexpr std::uint8_t kDrumKit = 128;  // of any number, from a drum bank

inline constexpr std::int64_t kNoTick = std::numeric_limits<std::int64_t>::max();

struct KeyPress {
  std::int64_t start_tick = 0;
  std::int64_t end_tick = 0;  // >= start_tick; if the end is lost, see lost_note_offs.h
  std::uint8_t pitch = 0;
  std::uint8_t velocity = 0;
  std::uint8_t line = 0;
  std::uint8_t program = kProgramUnset;  // the one that its track had chosen for its line
  bool has_end = false;                  // ended by a NOTE_OFF
};

// A pedal whose value crosses 64.
struct PedalMove {
  std::int64_t tick = 0;
  Pedal::Kind kind = Pedal::Kind::sustain;
  std::uint8_t line = 0;
  bool down = false;
};

struct ProgramChange {
  std::int64_t tick = 0;
  std::uint8_t line = 0;
  std::uint8_t program = 0;  // 0..127 or kDrumKit
};

// Of a line: All Notes Off or All Sound Off.
struct AllNotesOff {
  std::int64_t tick = 0;
  std::uint8_t line = 0;
};

// Of all tracks that sound together. Each list holds one track after the other, in order of time
// within each.
struct SongEvents {
  std::size_t first_track = 0;  // its number in the file
  std::vector<KeyPress> presses;
  std::vector<std::size_t> press_ends;   // for each track, the number of presses up to its end
  std::vector<std::string> track_names;  // for each track, the first name in it
  std::vector<PedalMove> pedal_moves;
  std::vector<TempoChange> tempo_changes;
  std::vector<ProgramChange> program_changes;
};

}  // namespace pno::midi
