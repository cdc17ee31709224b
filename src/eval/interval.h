#pragma once

// A figure with its 95 % interval by the bootstrap's percentiles.

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"

namespace pno::eval {

struct Interval {
  double value = 0;
  double low = 0, high = 0;  // 2.5 % and 97.5 % of the resampled figures; `value` without any
};

// `resampled` may be in any order.
Interval interval_of(double value, std::vector<double> resampled);

// Draws groups with replacement, as many as there are, and lists the members of each as often as it
// was drawn. `groups` has the group of each member, numbered from 0 without gaps: members of one
// group, such as excerpts of one piece, are not independent.
std::vector<std::size_t> resample_groups(std::span<const std::size_t> groups, RandomStream& random);

// The mean of `values`, with its interval over resampled groups; 0 without values.
Interval mean_interval(std::span<const double> values, std::span<const std::size_t> groups,
                       int resamples, std::uint64_t seed);

}  // namespace pno::eval
