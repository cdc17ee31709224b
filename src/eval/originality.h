#pragma once

// How much of music is in the training set already. After Yin, Reuben, Stepney and Collins,
// "Measuring when a music generation algorithm copies too much", 2022: the similarity of windows of
// the music to the training set, beside that of other human music (the baseline).
//
// The similarity of a window of 32 notes is the greatest share of its triples that a passage of the
// training set has in the same order, at one transposition, with at most eight notes more or fewer
// on the way. 1: the passage has all of them.

#include <span>
#include <vector>

#include "base/progress.h"
#include "eval/copied_passage.h"
#include "eval/interval.h"

namespace pno::eval {

inline constexpr std::size_t kWindowNotes = 32, kWindowHop = 16;

// The similarity of each window, hop by hop. Music of fewer notes than a window is one window; with
// fewer than four notes it has none.
std::vector<double> window_similarities(const OnsetColumns& music, const TripleIndex& training);

struct PieceOriginality {
  std::vector<double> windows;  // similarities
  double similarity = 0;        // mean of the windows; 0 without any
  CopiedPassage copied;
};

struct OriginalityOptions {
  int resamples = 200;
  std::uint64_t seed = 1;
  int threads = 0;  // 0: one for each core; the result is the same for any number
};

struct SetOriginality {
  std::vector<PieceOriginality> pieces;
  Interval similarity;    // mean over the pieces
  Interval copied_notes;  // mean over the pieces of the longest copied passage
};

// `groups` as for mean_interval(), of the pieces. `progress` counts pieces. Returns an error after
// an interrupt.
Expected<SetOriginality> originality(std::span<const std::vector<events::PlainNote>> pieces,
                                     std::span<const std::size_t> groups,
                                     const TripleIndex& training, const OriginalityOptions& options,
                                     const ProgressFunction& progress);

}  // namespace pno::eval
