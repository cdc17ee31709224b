#pragma once

// Filters that leave out performances of low quality. All are off by default.

#include <cstdint>
#include <span>
#include <string>

#include "events/encode.h"

namespace pno::corpus {

struct Filters {
  double min_seconds = 0;
  std::int64_t min_notes = 0;
  double max_silence = 1;  // 0..1
  int min_pitches = 0;
  bool performances_only = false;

  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    visit("min_seconds", c.min_seconds, "skip what is shorter");
    visit("min_notes", c.min_notes, "skip what has fewer notes");
    visit("max_silence", c.max_silence,
          "skip what is silent for a greater share of its time, 0 to 1");
    visit("min_pitches", c.min_pitches, "skip what has fewer different pitches");
    visit("performances_only", c.performances_only,
          "skip scores that a machine plays: one velocity throughout, or all notes on one grid");
  }
};

// The reason to leave out the notes (sorted, at least one), as a clause; empty to keep them.
std::string filter_reason(std::span<const events::PlainNote> notes, const Filters& filters);

// The share of the time from the first note to the end of the last in which nothing sounds.
double silent_share(std::span<const events::PlainNote> notes);

// Whether every note starts on a grid of at least 10 ms, as from a score in one tempo. (The clocks
// of instruments that record are finer: MAESTRO's ticks are about 1 ms.)
bool on_one_grid(std::span<const events::PlainNote> notes);

// The greatest number of notes that start within one second.
std::int64_t densest_second(std::span<const events::PlainNote> notes);

}  // namespace pno::corpus
