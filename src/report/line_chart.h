#pragma once

// Line charts as SVG for an HTML page. Colours are CSS variables of the page (--line-0, --line-1,
// …,
// --grid, --text), so that charts follow its light or dark style, and their text is text.
//
// Why picture::Canvas does not draw them: Cairo writes letters as outlines, whose ids are the same
// in all its pictures, so they must be <img>, which CSS cannot colour, one light and one dark. The
// four charts of a run of 30,000 steps, which look the same, then make a page of 619 KB instead of
// 54 KB.

#include <string>
#include <vector>

namespace pno::report {

struct Point {
  double x = 0, y = 0;
};

struct Curve {
  std::string name;  // for the legend
  std::vector<Point> points = {};
  bool smoothed = false;  // draw a smoothed curve over the faint original
  bool marked = false;    // draw a dot at each point
};

struct Chart {
  std::string title;
  std::string x_label;
  std::vector<Curve> curves;
  // The y axis ignores values that only the first points reach: a loss starts so high that the rest
  // would look flat.
  bool cuts_beginning = false;
  bool begins_at_zero = false;
};

// An <svg> element; empty if no curve has two points. Values that are not finite are left out.
std::string svg_of(const Chart& chart);

// At most `count` + 1 round numbers within [low, high], in steps of 1, 2 or 5 times a power of ten.
std::vector<double> ticks(double low, double high, int count);

}  // namespace pno::report
