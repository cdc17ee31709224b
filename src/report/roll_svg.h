#pragma once

// A small piano roll as SVG for an HTML page, in the colours of the page's style.

#include <string>

#include "eval/excerpt.h"

namespace pno::report {

struct RollPart {
  double from_s = 0, seconds = 0;
};

struct RollOptions {
  RollPart shown;                 // of the notes; what begins outside is left out
  RollPart marked = {};           // notes that begin in it have the accent's colour
  int width = 520, height = 110;  // of the viewBox
  std::string label = {};         // for readers of the page who do not see it
};

// An <svg> element.
std::string roll_svg(eval::Notes notes, const RollOptions& options);

}  // namespace pno::report
