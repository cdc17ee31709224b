#pragma once

// Draws a dataset as four histograms: length and density of pieces, pitches and velocities of
// notes.

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace pno::picture {

struct DatasetPlot {
  std::string title = {}, subtitle = {};                  // UTF-8
  std::vector<double> minutes;                            // length of each piece
  std::vector<double> notes_per_s;                        // of each piece, on average
  std::array<std::int64_t, 128> pitches{}, velocities{};  // number of notes
};

// Writes a PNG, or an SVG if the name ends in .svg. Returns an error without pieces or notes.
Expected<void> draw_dataset_plot(const DatasetPlot& plot, const std::filesystem::path& output);

// A histogram.
struct Bars {
  double from = 0, step = 1;         // left edge of the first bar, width of each
  std::vector<std::int64_t> counts;  // height of each bar
  bool open_ended = false;           // the last bar includes all greater values

  double to() const { return from + step * static_cast<double>(counts.size()); }
};

// Counts values >= 0 in at most 26 bars of a round width (1, 2 or 5 times a power of ten). The
// greatest 1 % share the last bar, so that outliers do not compress the others.
Bars bars_of(std::span<const double> values);

// A short number for an axis: "950", "12k", "3.4M".
std::string short_number(double number);

}  // namespace pno::picture
