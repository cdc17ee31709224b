#pragma once

// Computes the positions of all parts of a piano roll.

#include <cstdint>

#include "base/error.h"
#include "midi/performance.h"
#include "picture/piano_roll_options.h"
#include "picture/rectangle.h"

namespace pno::picture {

struct Layout {
  int width_px = 0, height_px = 0;
  double scale = 1;             // of text and lines; 1 at a height of 480 pixels
  double from_s = 0, to_s = 0;  // time range that is drawn
  int lowest_pitch = 0, highest_pitch = 127;
  Rectangle roll;          // the notes
  Rectangle keys;          // the keyboard at their left
  Rectangle pedals;        // the strip below; height 0 without pedals
  double tick_s = 1;       // between two time labels
  std::int64_t notes = 0;  // that sound in the time range

  double x(double time_s) const { return roll.x + (time_s - from_s) * px_per_s(); }
  double px_per_s() const { return roll.width / (to_s - from_s); }
  double row_px() const { return roll.height / (highest_pitch - lowest_pitch + 1); }
  double top(int pitch) const { return roll.y + (highest_pitch - pitch) * row_px(); }
};

// Returns an error if an option is out of range or no note sounds in the requested time.
Expected<Layout> lay_out(const midi::Performance& performance, const PianoRollOptions& options);

}  // namespace pno::picture
