#pragma once

// The choices of a caller of read_smf().

#include <array>
#include <cstdint>

namespace pno::midi {

enum class Programs {
  piano,  // programs 0-7; all, if a file has no piano program and one instrument
  all,    // every program but drums
};
constexpr auto enum_names(Programs) {
  return std::array{"piano", "all"};
}

struct ReadOptions {
  bool sustain = true;  // a pedal lengthens notes; else length_us == key_length_us
  Programs programs = Programs::piano;
  // Whether notes of one pitch in two tracks are one string of the piano. Else each track has its
  // own strings: make_tracks_playable().
  bool merge_tracks = true;
  std::int64_t max_notes = 10'000'000;          // more is refused
  std::int64_t max_length_us = 86'400'000'000;  // a day; refused if a note lasts beyond
};

}  // namespace pno::midi
