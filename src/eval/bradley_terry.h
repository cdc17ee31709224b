#pragma once

// Strengths of systems from comparisons in pairs: the probability that a is preferred to b is
// strength(a) / (strength(a) + strength(b)). Bradley and Terry, "Rank analysis of incomplete block
// designs", 1952; fitted by Hunter's MM iterations, 2004.

#include <span>
#include <vector>

#include "eval/interval.h"

namespace pno::eval {

struct Preference {
  std::size_t listener = 0;  // from 0 without gaps
  std::size_t a = 0, b = 0;  // systems
  double share_a = 0.5;      // 1: a is preferred, 0: b, 0.5: neither
};

struct SystemStrength {
  Interval log_strength;  // mean over the systems: 0
  double preferred = 0;   // wins, a tie is half of one
  std::size_t comparisons = 0;
};

struct BradleyTerryOptions {
  int resamples = 1000;
  std::uint64_t seed = 1;
};

// One tie of each system with one of mean strength is added, so that a system that is always or
// never preferred has a finite strength. The intervals are of the bootstrap over listeners, and
// over the answers of each.
std::vector<SystemStrength> fit_bradley_terry(std::size_t systems,
                                              std::span<const Preference> preferences,
                                              const BradleyTerryOptions& options);

}  // namespace pno::eval
