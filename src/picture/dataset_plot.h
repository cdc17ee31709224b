#pragma once

// A dataset as one picture of four histograms: how long its pieces are, which pitches and
// velocities its notes have, how dense its pieces are.

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
  std::vector<double> minutes;                            // the length of each piece
  std::vector<double> notes_per_s;                        // of each piece, on average
  std::array<std::int64_t, 128> pitches{}, velocities{};  // notes of each
};

// Writes PNG, or SVG where the name ends in .svg. Fails where there are no pieces or no notes.
Expected<void> draw_dataset_plot(const DatasetPlot& plot, const std::filesystem::path& output);

// Bars side by side.
struct Bars {
  double from = 0, step = 1;         // the left edge of the first; how wide each is
  std::vector<std::int64_t> counts;  // how high
  bool open_ended = false;           // the last has all that lies beyond it, too

  double to() const { return from + step * static_cast<double>(counts.size()); }
};

// Values from 0 on in at most 26 bars, of a round width (1, 2 or 5 times a power of ten). The
// longest hundredth of them does not squeeze the others: it shares the last bar.
Bars bars_of(std::span<const double> values);

// 1, 2 or 5 times a power of ten, and not less than `least` (> 0).
double round_step(double least);

// "950", "12k", "3.4M": short, for an axis.
std::string short_number(double number);

}  // namespace pno::picture
