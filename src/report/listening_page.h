#pragma once

// The page of a listening test: pairs of sounds whose systems it does not name. Sounds and piano
// rolls stay hidden until they are asked for. Everything can be done with the keyboard. The answers
// are JSON to copy, and are kept in the browser until then.

#include <array>
#include <string>
#include <vector>

namespace pno::report {

struct ListeningSound {
  std::string flac;      // bytes of the file
  std::string roll_svg;  // of roll_svg()
};

struct ListeningPage {
  std::string test;  // a digest that names the test in the answers
  std::vector<std::array<ListeningSound, 2>> pairs;
};

std::string listening_page(const ListeningPage& page);

}  // namespace pno::report
