#pragma once

// Figures with their intervals as dots on lines, a row for each name, as SVG for an HTML page.

#include <string>
#include <vector>

#include "eval/interval.h"

namespace pno::report {

struct IntervalRow {
  std::string name;
  std::vector<eval::Interval> figures;  // one for each series
};

struct IntervalPlot {
  std::string title;
  std::vector<std::string> series;  // the colours are --line-0, --line-1, …
  std::vector<IntervalRow> rows;
  double low = 0, high = 1;  // of the axis
};

std::string svg_of(const IntervalPlot& plot);

}  // namespace pno::report
