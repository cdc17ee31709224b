#pragma once

// Counts in the notes of pieces, to compare generated music with real music: lengths, restrikes,
// trills, density, key and repetition. Restrikes, drones and loops are those of
// repetition_features.h, the fit to a key that of pitch_features.h. Does not need a model. Does not
// throw, except for std::bad_alloc.

#include <array>
#include <cstddef>
#include <cstdint>

#include "eval/repetition_features.h"

namespace pno::eval {

// A note below this length is short.
inline constexpr std::int64_t kShortNote_us = 30'000;
// A window of 5 s is a trill if it has at least 10 notes, and at most 3 pitches.
inline constexpr std::int64_t kTrillWindow_us = 5'000'000;
inline constexpr std::int64_t kTrillNotes = 10;
inline constexpr int kTrillPitches = 3;
// A note is a repetition if the 8 notes that end with it have the pitches of 8 earlier ones.
inline constexpr int kRepeatedPitches = 8;
// The key fit is that of windows of this length, if they have at least 8 notes.
inline constexpr std::int64_t kKeyWindow_us = 20'000'000;
inline constexpr std::int64_t kKeyNotes = 8;

// Upper edges of the histogram of lengths; the last bin has the notes beyond the last edge.
inline constexpr std::array<std::int64_t, 11> kLengthEdges_us = {
    30'000,    60'000,    125'000,   250'000,   500'000,   1'000'000,
    2'000'000, 4'000'000, 8'000'000, kDrone_us, 10'100'000};

// Counts over any number of pieces.
struct NoteMeasures {
  std::int64_t pieces = 0, notes = 0;
  double seconds = 0;  // of music; set by the caller, or from the first onset to the last end
  std::int64_t drones = 0, short_notes = 0, restrikes = 0;
  std::int64_t windows = 0, trills = 0;                // of 5 s
  std::int64_t repeatable_notes = 0, repetitions = 0;  // notes that are the 8th or later
  std::int64_t loop_notes = 0;
  std::int64_t key_windows = 0;
  double key_fit_sum = 0;
  std::array<std::int64_t, kLengthEdges_us.size() + 1> lengths{};  // notes by length

  void add(const NoteMeasures& other);

  // Of notes, or of windows for trills; 0 if there are none.
  double drone_share() const { return share(drones, notes); }
  double short_share() const { return share(short_notes, notes); }
  double restrike_share() const { return share(restrikes, notes); }
  double trill_share() const { return share(trills, windows); }
  double repetition_share() const { return share(repetitions, repeatable_notes); }
  double loop_share() const { return share(loop_notes, notes); }
  double key_fit() const {
    return key_windows > 0 ? key_fit_sum / static_cast<double>(key_windows) : 0;
  }
  double notes_per_s() const { return seconds > 0 ? static_cast<double>(notes) / seconds : 0; }

 private:
  static double share(std::int64_t part, std::int64_t all) {
    return all > 0 ? static_cast<double>(part) / static_cast<double>(all) : 0;
  }
};

// Measures one piece. `notes` are sorted by (start, pitch).
NoteMeasures measure_notes(Notes notes);

}  // namespace pno::eval
