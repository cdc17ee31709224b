#pragma once

// A set of music compared with a set of real music, feature by feature. After Yang and Lerch, "On
// the evaluation of generative models in music", 2020: the distances between all pairs within the
// real set (intra) and between the sets (inter) are taken as densities. If the sets are alike, the
// two densities are, too.

#include <array>
#include <vector>

#include "base/error.h"
#include "eval/features.h"
#include "eval/interval.h"

namespace pno::eval {

struct MeasuredSet {
  std::vector<FeatureValues> values;  // by excerpt
  // The group of each excerpt, from 0 without gaps: excerpts of one piece are one group.
  std::vector<std::size_t> groups;
};

inline constexpr double kGreatestDiversity = 100;

struct FeatureComparison {
  Interval overlap;     // of the intra and the inter distances; 1: as real music
  Interval divergence;  // KL(intra || inter) in nats; 0: as real music
  // The mean distance within the set, divided by that within the real set: below 1 if the pieces
  // of the set are more alike than real ones. 1 if both are 0; at most kGreatestDiversity.
  Interval diversity;
  Interval mean;  // of the set; histograms have none, and it is 0
};

struct SetComparison {
  std::array<FeatureComparison, kFeatures> features;
  Interval overlap;     // mean over the features
  Interval divergence;  // mean over the features
};

struct CompareOptions {
  int resamples = 200;  // of the bootstrap, over groups of both sets; 0: no intervals
  std::uint64_t seed = 1;
};

// Both sets have two groups or more. Returns an error after an interrupt.
Expected<SetComparison> compare_sets(const MeasuredSet& set, const MeasuredSet& real,
                                     const CompareOptions& options);

}  // namespace pno::eval
