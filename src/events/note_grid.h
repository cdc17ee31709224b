#pragma once

// Notes on a grid of steps. Times are rounded to the nearest step, a half rounds up. A note lasts
// at least one step. Does not allocate. Does not throw.

#include <algorithm>
#include <cstdint>

#include "base/error.h"
#include "events/plain_note.h"

namespace pno::events {

struct NoteGridOptions {
  int steps_per_second = 100;
  int transpose = 0;       // semitones; all pitches must stay within 0..127
  double stretch = 1;      // factor on all times, before rounding
  bool from_zero = false;  // step 0 is time 0, otherwise the start of the first note
};

// A note's pitch, transposed, and its first step and the one that it ends in.
struct NotePlace {
  int pitch = 0;
  std::int64_t step = 0, end_step = 0;  // end_step > step
};

class NoteGrid {
 public:
  explicit NoteGrid(const NoteGridOptions& options)
      : transpose_(options.transpose),
        steps_per_million_us_(options.steps_per_second * options.stretch),
        origin_us_(options.from_zero ? 0 : -1) {
    PNO_CHECK(options.stretch > 0, "a stretch that is not positive");
  }

  // The place of the next note. Notes are sorted by start, and none begins before time 0.
  NotePlace place(const PlainNote& note) {
    const int pitch = note.pitch + transpose_;
    PNO_CHECK(pitch >= 0 && pitch < 128, "a note transposed out of 0..127");
    if (origin_us_ < 0) origin_us_ = note.start_us;
    const std::int64_t start_us = note.start_us - origin_us_;
    const std::int64_t step = step_of(start_us);
    PNO_CHECK(start_us >= 0 && step >= last_step_, "notes before 0 or not sorted by start");
    last_step_ = step;
    return {pitch, step, std::max(step_of(start_us + note.length_us), step + 1)};
  }

 private:
  // The nearest step, a half rounds up. Without a stretch this is exact: the product is an integer
  // below 2^53, and a quotient other than a half differs from it by at least 1e-6. Truncation
  // rounds down, because times are not negative.
  std::int64_t step_of(std::int64_t time_us) const {
    const double steps = static_cast<double>(time_us) * steps_per_million_us_ / 1e6;
    return static_cast<std::int64_t>(steps + 0.5);
  }

  int transpose_;
  double steps_per_million_us_;  // includes the stretch
  std::int64_t origin_us_;       // -1 until the first note sets it
  std::int64_t last_step_ = 0;
};

}  // namespace pno::events
