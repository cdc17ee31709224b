#pragma once

// A performance as a picture: pitch by height, time to the right, velocity by shade; what the pedal
// adds to a note is drawn lighter and thinner.

#include <filesystem>
#include <string>

#include "base/error.h"
#include "midi/performance.h"

namespace pno::picture {

struct PianoRollOptions {
  int width_px = 0;        // 320..30000; 0: by the length of the music, 960..16000
  int height_px = 480;     // 160..8000; letters and lines grow with it
  double from_s = 0;       // the part to draw
  double seconds = 0;      // 0: to the end
  double prime_s = 0;      // a line here, where a prime ends; 0: none
  std::string title = {};  // UTF-8
};

// Writes PNG, or SVG where the name ends in .svg. Fails where there is no note to draw.
Expected<void> draw_piano_roll(const midi::Performance& performance,
                               const std::filesystem::path& output,
                               const PianoRollOptions& options);

}  // namespace pno::picture
