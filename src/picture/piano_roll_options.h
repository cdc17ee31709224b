#pragma once

// What the caller of draw_piano_roll() can choose.

#include <string>

namespace pno::picture {

struct PianoRollOptions {
  int width_px = 0;        // 320..30000; 0: by the length of the music, 960..16000
  int height_px = 480;     // 160..8000; letters and lines grow with it
  double from_s = 0;       // the part to draw
  double seconds = 0;      // 0: to the end
  double prime_s = 0;      // a line here, where a prime ends; 0: none
  std::string title = {};  // UTF-8
};

}  // namespace pno::picture
