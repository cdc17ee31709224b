#pragma once

// The pieces of two lists that are the same music: those that share enough of their 7-grams of
// pitches (pitch_grams.h). Not transposed: a piece in another key is other music. docs/overlap.md
// has the measurements behind the constants.

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "corpus/pitch_grams.h"

namespace pno::corpus {

// From this share on two pieces are taken for the same music.
inline constexpr double kSameMusicShare = 0.05;
// A piece with fewer grams than this is the same as another only from the larger share on.
inline constexpr std::size_t kFewGrams = 50;
inline constexpr double kFewGramsShare = 0.5;

// A piece to compare, and its number among all of its dataset.
struct MusicPiece {
  std::size_t number = 0;
  PieceOnsets onsets;
};
using MusicList = std::vector<MusicPiece>;  // in any order, each number once

// Two pieces, by their numbers.
struct MusicMatch {
  std::size_t a = 0, b = 0;
  double share = 0;  // of the grams of the piece that has fewer: shared / smaller set
};

struct OverlapOptions {
  double threshold = kSameMusicShare;
  int threads = 0;  // 0: one for each core
  // Grams that are indexed at a time, 16 bytes each, and the pieces they belong to. With more of
  // them in the smaller list, the larger list is read several times.
  std::size_t grams_in_memory = 8 << 20;
  // A gram that more of the indexed pieces have than this is not counted for each pair of pieces,
  // but only for those that might match. The matches are the same.
  std::size_t common_gram_pieces = 2048;
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
