#pragma once

// The pieces of two lists that are the same music: those that share enough of their 7-grams of
// pitches (pitch_grams.h). Not transposed: a piece in another key is other music. docs/overlap.md
// has the measurements behind the constants.

#include <array>
#include <cstdint>
#include <functional>
#include <span>

#include "base/error.h"
#include "base/progress.h"
#include "corpus/matching/music_list.h"

namespace pno::corpus {

// Two pieces, by their numbers.
struct MusicMatch {
  std::size_t a = 0, b = 0;
  double share = 0;  // of the grams of the piece that has fewer: shared / smaller set
};

// How many pairs of pieces share how much, in steps of 1 %: shares[3] counts those from 0.03 to
// below 0.04, shares[100] those of 1. Pairs without a shared gram, and those with a piece of fewer
// than kFewGrams grams, are not counted; grams that are common (OverlapOptions) are left out below
// the threshold.
using ShareCounts = std::array<std::int64_t, 101>;

// Called on the caller's thread, in an order that does not depend on the number of threads.
using MatchFunction = std::function<void(const MusicMatch&)>;

// Calls `on_match` once for every pair of a piece of `a` and a piece of `b` that are the same
// music. Returns an error only if interrupted.
Expected<ShareCounts> find_overlap(const MusicList& a, const MusicList& b,
                                   const OverlapOptions& options, const MatchFunction& on_match,
                                   const ProgressFunction& progress);

// The same for the pairs within one list, each once, with match.a < match.b.
Expected<ShareCounts> find_overlap_within(const MusicList& list, const OverlapOptions& options,
                                          const MatchFunction& on_match,
                                          const ProgressFunction& progress);

}  // namespace pno::corpus
