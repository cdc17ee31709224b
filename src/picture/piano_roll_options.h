#pragma once

// Options of draw_piano_roll().

#include <string>

namespace pno::picture {

struct PianoRollOptions {
  int width_px = 0;        // 320..30000; 0: 960..16000, by the length of the music
  int height_px = 480;     // 160..8000; text and lines scale with it
  double from_s = 0;       // start of the part to draw
  double seconds = 0;      // its length; 0: to the end
  double prime_s = 0;      // a line marks the end of the prime; 0: none
  std::string title = {};  // UTF-8
};

}  // namespace pno::picture
