#pragma once

// Curves as SVG that stands inside an HTML page: its colours are the page's CSS variables --line-0,
// --line-1, …, --grid and --text, so that it follows a light and a dark page alike.

#include <string>
#include <vector>

namespace pno::report {

struct Point {
  double x = 0, y = 0;
};

struct Curve {
  std::string name;  // for the legend
  std::vector<Point> points = {};
  bool smoothed = false;  // drawn faintly as it is, and over that smoothed
  bool marked = false;    // with a dot at each point
};

struct Chart {
  std::string title;
  std::string x_label;
  std::vector<Curve> curves;
  // The y axis leaves out what only the first part of the points reaches: a loss begins so high
  // that the rest would be flat.
  bool cuts_beginning = false;
  bool begins_at_zero = false;
};

// An <svg> element; empty where no curve has two points. Numbers that are not finite are left out.
std::string svg_of(const Chart& chart);

// "<", ">", "&" and quotes as HTML writes them.
std::string escaped(const std::string& text);

// At most `count` + 1 round numbers that span [low, high]: steps of 1, 2 or 5 times a power of ten.
std::vector<double> ticks(double low, double high, int count);

}  // namespace pno::report
