#include "eval/interval.h"

#include <algorithm>
#include <cmath>

namespace pno::eval {
namespace {

constexpr double kTail = 0.025;
constexpr std::uint64_t kMeanStream = 0x6d65616e;

// Between the two sorted values that are nearest to the quantile.
double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - static_cast<double>(below));
}

double mean_of(std::span<const double> values, std::span<const std::size_t> members) {
  double sum = 0;
  for (const auto member : members) sum += values[member];
  return members.empty() ? 0 : sum / static_cast<double>(members.size());
}

}  // namespace

Interval interval_of(double value, std::vector<double> resampled) {
  if (resampled.empty()) return {value, value, value};
  std::ranges::sort(resampled);
  return {value, quantile(resampled, kTail), quantile(resampled, 1 - kTail)};
}

std::vector<std::size_t> resample_groups(std::span<const std::size_t> groups,
                                         RandomStream& random) {
  if (groups.empty()) return {};
  const std::size_t count = *std::ranges::max_element(groups) + 1;
  std::vector<std::vector<std::size_t>> members(count);
  for (std::size_t i = 0; i < groups.size(); ++i) members[groups[i]].push_back(i);
  std::vector<std::size_t> drawn;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& group = members[random.below(count)];
    drawn.insert(drawn.end(), group.begin(), group.end());
  }
  return drawn;
}

Interval mean_interval(std::span<const double> values, std::span<const std::size_t> groups,
                       int resamples, std::uint64_t seed) {
  std::vector<std::size_t> all(values.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  if (values.empty()) return {};
  RandomStream random(seed, kMeanStream);
  std::vector<double> means;
  for (int i = 0; i < resamples; ++i) {
    means.push_back(mean_of(values, resample_groups(groups, random)));
  }
  return interval_of(mean_of(values, all), std::move(means));
}

}  // namespace pno::eval
