#pragma once

// Where everything of a piano roll goes: the arithmetic, without a pixel drawn.

#include <cstdint>

#include "base/error.h"
#include "midi/performance.h"
#include "picture/piano_roll_options.h"
#include "picture/rectangle.h"

namespace pno::picture {

struct Layout {
  int width_px = 0, height_px = 0;
  double scale = 1;             // of letters and lines; 1 at 480 pixels of height
  double from_s = 0, to_s = 0;  // the time drawn
  int lowest_pitch = 0, highest_pitch = 127;
  Rectangle roll;          // the notes
  Rectangle keys;          // the keyboard at their left
  Rectangle pedals;        // the strip below; of no height without pedals
  double tick_s = 1;       // between two times that are written
  std::int64_t notes = 0;  // that sound in the time drawn

  double x(double time_s) const { return roll.x + (time_s - from_s) * px_per_s(); }
  double px_per_s() const { return roll.width / (to_s - from_s); }
  double row_px() const { return roll.height / (highest_pitch - lowest_pitch + 1); }
  double top(int pitch) const { return roll.y + (highest_pitch - pitch) * row_px(); }
};

// Fails for options out of range, and where no note sounds in the time asked for.
Expected<Layout> lay_out(const midi::Performance& performance, const PianoRollOptions& options);

}  // namespace pno::picture
