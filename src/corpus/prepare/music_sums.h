#pragma once

// Measures of music, summed over pieces: how dense, how loud, how expressive.

#include <array>
#include <cstdint>
#include <span>

#include "events/encode.h"

namespace pno::corpus {

struct MusicSums {
  std::int64_t pieces = 0, notes = 0;
  std::int64_t length_us = 0;    // from the start of each piece to the end of its last note
  std::int64_t sounding_us = 0;  // the lengths of all notes
  std::array<std::int64_t, 128> velocities{};  // notes of each
  std::int64_t pedalled_notes = 0;             // lengthened by a pedal; unknown (0) in a dataset
  std::int64_t even_pieces = 0;                // one velocity throughout
  std::int64_t grid_pieces = 0;                // every note on one grid: on_one_grid() (filters.h)

  // A piece: notes sorted by (start, pitch), at least one.
  void add(std::span<const events::PlainNote> music);
  void add(const MusicSums& other);
  // Takes out what was added before.
  void subtract(const MusicSums& other);

  double hours() const { return static_cast<double>(length_us) / 3.6e9; }
  // 0 without notes.
  double notes_per_second() const;
  double mean_sounding() const;
  // The least velocity that `share` (0..1) of the notes do not exceed; 0 without notes.
  int velocity_at(double share) const;
  int different_velocities() const;
};

}  // namespace pno::corpus
