#pragma once

// A block of pieces whose grams are indexed together, and how many of them another piece shares
// with each. The counts are exact, or too small for a pair that cannot match.
//
// A gram that very many pieces of the block have (a scale, a note struck again and again) would
// cost one addition for each pair of pieces that have it. Such common grams are counted in full
// only if they alone could make a match: if they are at least the threshold's share of one of the
// two pieces (a "heavy" piece). Of two pieces that are not heavy, common grams are fewer than a
// match needs, so a match shares a rarer gram, too; if the rarer ones and the most that the common
// ones could add reach the threshold, the pair is counted again from its two sets.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "corpus/matching/gram_index.h"
#include "corpus/matching/music_list.h"

namespace pno::corpus {

class GramBlock {
 public:
  // Indexes list[first, end). `list` outlives the block. Returns an error if interrupted.
  static Expected<GramBlock> of(const MusicList& list, std::size_t first, std::size_t end,
                                const OverlapOptions& options);

  struct Shared {
    std::size_t position = 0;  // of the piece in the list
    std::size_t grams = 0;     // shared
    std::size_t smaller = 0;   // grams of the smaller set, > 0
  };

  // Memory for comparisons; each thread has its own, and keeps it from piece to piece.
  struct Workspace {
    std::vector<std::uint32_t> counts;   // of each piece of the block; all 0 between comparisons
    std::vector<std::uint32_t> touched;  // the pieces whose count is not 0
    std::vector<std::span<const GramIndex::Entry>> common;
    GramReader reader;
    std::vector<Shared> shared;
  };

  // The pieces of the block that share a gram with a piece, whose sorted set is `grams`. Valid
  // until the next call with the same workspace.
  std::span<const Shared> compare(std::span<const Gram> grams, Workspace& workspace) const;

 private:
  GramBlock(const MusicList& list, std::size_t first, GramIndex index,
            std::vector<std::uint32_t> sizes, const OverlapOptions& options);
  bool is_heavy(std::size_t common, std::size_t size) const;
  void set_common_aside();
  void count(std::span<const GramIndex::Entry> entries, Workspace& workspace) const;
  std::size_t count_again(std::span<const Gram> grams, std::size_t piece, GramReader& reader) const;

  const MusicList* list_;
  std::size_t first_;
  GramIndex index_;
  std::vector<std::uint32_t> sizes_;   // of each piece of the block: its grams
  std::vector<std::uint32_t> common_;  // those of them that are common
  double threshold_;
  std::size_t common_pieces_;
};

// The share that two pieces need to be the same music.
double needed_share(std::size_t smaller, double threshold);

}  // namespace pno::corpus
