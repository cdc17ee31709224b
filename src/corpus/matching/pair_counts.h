#pragma once

// How many 7-grams each two pieces of a list share, for lists that are short enough to have a count
// for each pair. Faster than an index (gram_block.h), which looks up each gram of each piece.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "corpus/matching/music_list.h"

namespace pno::corpus {

class PairCounts {
 public:
  // True if the list has at most 2,048 pieces, and options.grams_in_memory notes.
  static bool can_hold(const MusicList& list, const OverlapOptions& options);

  // Returns an error only if interrupted. options.threads > 0.
  static Expected<PairCounts> of(const MusicList& list, const OverlapOptions& options,
                                 const ProgressFunction& progress);

  // By positions in the list.
  std::size_t grams(std::size_t piece) const { return grams_[piece]; }
  std::size_t shared(std::size_t first, std::size_t second) const {  // first < second
    return shared_[place_of(first, second)];
  }

 private:
  struct Thread;

  static std::size_t place_of(std::size_t first, std::size_t second) {
    return second * (second - 1) / 2 + first;
  }
  void add(const Thread& thread);

  std::vector<std::uint32_t> grams_;   // of each piece
  std::vector<std::uint32_t> shared_;  // of each pair
};

}  // namespace pno::corpus
