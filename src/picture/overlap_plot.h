#pragma once

// How much pairs of pieces have in common, as a histogram on which the threshold shows.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace pno::picture {

struct OverlapPlot {
  std::string title = {}, subtitle = {};  // UTF-8
  std::vector<std::int64_t> pairs = {};   // by share, in equal steps from 0; the last: a share of 1
  double threshold = 0;                   // 0..1
};

// Writes PNG, or SVG if the name ends in .svg. The counts have a logarithmic axis, because pairs of
// different music are thousands of times as many as pairs of the same. Returns an error without
// pairs.
Expected<void> draw_overlap_plot(const OverlapPlot& plot, const std::filesystem::path& output);

}  // namespace pno::picture
