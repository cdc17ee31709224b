#include "eval/kernel_density.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace pno::eval {
namespace {

constexpr std::size_t kCells = 512;
constexpr double kReach = 4;          // bandwidths after which a kernel is cut
constexpr double kLeastCells = 1;     // bandwidth in cells, so that the grid can show a kernel
constexpr double kLeastShare = 1e-9;  // of the mass, in a cell
constexpr double kMargin = 1.1;       // the grid ends beyond the greatest distance

using Grid = std::array<double, kCells>;

double bandwidth(std::span<const float> values) {
  double sum = 0, squares = 0;
  for (const float value : values) sum += value;
  const double count = static_cast<double>(values.size()), mean = sum / count;
  for (const float value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / count) * std::pow(count, -0.2);
}

// Shares of the mass by cell; their sum is 1.
Grid density_of(std::span<const float> values, double cell) {
  Grid points{};
  for (const float value : values) {
    // Split between the two cells whose centres are nearest.
    const double at = std::max(value / cell - 0.5, 0.0);
    const auto below = std::min(static_cast<std::size_t>(at), kCells - 1);
    const double part = std::min(at - static_cast<double>(below), 1.0);
    points[below] += 1 - part;
    points[std::min(below + 1, kCells - 1)] += part;
  }

  const double width = std::max(bandwidth(values) / cell, kLeastCells);
  const auto reach = static_cast<std::ptrdiff_t>(std::min(std::ceil(kReach * width), kCells - 1.0));
  std::vector<double> kernel;
  for (std::ptrdiff_t i = 0; i <= reach; ++i) {
    const double distance = static_cast<double>(i) / width;
    kernel.push_back(std::exp(-0.5 * distance * distance));
  }

  Grid density{};
  constexpr auto kEnd = static_cast<std::ptrdiff_t>(kCells);
  for (std::ptrdiff_t from = 0; from < kEnd; ++from) {
    const double mass = points[static_cast<std::size_t>(from)];
    if (mass == 0) continue;
    for (std::ptrdiff_t i = -reach; i <= reach; ++i) {
      std::ptrdiff_t to = from + i;
      if (to < 0) to = -1 - to;  // reflected
      if (to < kEnd) {
        density[static_cast<std::size_t>(to)] +=
            mass * kernel[static_cast<std::size_t>(std::abs(i))];
      }
    }
  }
  double sum = 0;
  for (const double share : density) sum += share;
  for (double& share : density) share = std::max(share / sum, kLeastShare);
  return density;
}

}  // namespace

DensityComparison compare_densities(std::span<const float> p, std::span<const float> q) {
  const double greatest =
      std::max(*std::max_element(p.begin(), p.end()), *std::max_element(q.begin(), q.end()));
  if (!(greatest > 0)) return {};  // both are all zeros
  const double cell = greatest * kMargin / static_cast<double>(kCells);
  const Grid a = density_of(p, cell), b = density_of(q, cell);
  DensityComparison result{.overlap = 0, .divergence = 0};
  for (std::size_t i = 0; i < kCells; ++i) {
    result.overlap += std::min(a[i], b[i]);
    result.divergence += a[i] * std::log(a[i] / b[i]);
  }
  result.overlap = std::min(result.overlap, 1.0);
  result.divergence = std::max(result.divergence, 0.0);
  return result;
}

}  // namespace pno::eval
