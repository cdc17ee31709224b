#pragma once

// The notes of a crop on the time grid, as NOTE_ONs and NOTE_OFFs in the order in which they are
// written: step by step, in each NOTE_OFFs by pitch, then NOTE_ONs by pitch. If a melody is given
// by another player, its events come first in each step. Conflicts on the grid are settled as
// events/encode.h settles them.

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "events/note_grid.h"
#include "events/pitch_set.h"
#include "events/plain_note.h"

namespace pno::corpus {

struct GridEvent {
  std::int32_t step = 0;      // from the start of the crop
  std::uint8_t pitch = 0;     // transposed
  std::uint8_t velocity = 0;  // 1..127; of a NOTE_ON
  bool is_on = false;         // NOTE_ON, otherwise NOTE_OFF
  bool is_melody = false;     // of a note whose `part` is kMelodyPart

  bool operator==(const GridEvent&) const = default;
};

// The part of the notes of a melody; those of other parts accompany it.
inline constexpr std::uint8_t kMelodyPart = 1;

struct GridOptions {
  int steps_per_second = 100;
  int transpose = 0;
  double stretch = 1;
  bool from_zero = false;        // time 0 is that of the piece, otherwise the first note's start
  bool melody_is_given = false;  // by another player
};

class GridMusic {
 public:
  // Appends to `into`, which outlives this.
  GridMusic(const GridOptions& options, std::vector<GridEvent>& into);

  // Adds the next notes, sorted by (start, pitch). The events up to the last note's step follow
  // with later calls.
  void add(std::span<const events::PlainNote> notes);
  // The piece ends: the sounding notes end at their time.
  void finish();

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  void strike(std::size_t pitch, const events::PlainNote& note, std::int64_t end_step);
  void write_strikes();
  void write_step(std::int64_t step, const events::PitchSet& strikes);
  void end_notes(std::int64_t step, const events::PitchSet& strikes, bool of_melody);
  void begin_notes(std::int64_t step, const events::PitchSet& strikes, bool of_melody);

  // Whether the events of a note are among the `melody` or the other group of a step.
  bool is_in_group(bool is_melody, bool melody) const {
    return !options_.melody_is_given ? !melody : is_melody == melody;
  }

  GridOptions options_;
  std::vector<GridEvent>& into_;
  events::NoteGrid grid_;

  // Notes that begin at strike_step_.
  std::int64_t strike_step_ = 0;
  events::PitchSet strikes_;
  std::array<std::uint8_t, 128> strike_velocity_{};
  std::array<std::int64_t, 128> strike_end_{};
  std::array<bool, 128> strike_melody_{};

  events::PitchSet sounding_;
  std::array<std::int64_t, 128> end_step_{};  // of sounding pitches
  std::array<bool, 128> is_melody_{};         // of sounding pitches
  std::int64_t next_end_ = kNever;            // the earliest of them
};

}  // namespace pno::corpus
