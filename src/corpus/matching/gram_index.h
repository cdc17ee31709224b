#pragma once

// The pieces of a list that have a 7-gram: one sorted array of (gram, piece), and a directory of
// the places in it at which the upper bits of a gram begin.

#include <cstdint>
#include <span>
#include <vector>

#include "corpus/matching/pitch_grams.h"

namespace pno::corpus {

class GramIndex {
 public:
  struct Entry {
    Gram gram = 0;
    std::uint32_t piece = 0;
  };

  // In any order, none twice, fewer than 2^32. Sorts them on `threads` threads.
  GramIndex(std::vector<Entry> entries, int threads);

  // The entries of a gram, sorted by piece unless a visit reordered them; empty if there are none.
  std::span<const Entry> find(Gram gram) const;

  // Calls visit(entries) for each gram; it may reorder these entries.
  template <class Visit>
  void visit_grams(Visit&& visit) {
    for (auto first = entries_.begin(); first != entries_.end();) {
      auto last = first + 1;
      while (last != entries_.end() && last->gram == first->gram) ++last;
      visit(std::span<Entry>(first, last));
      first = last;
    }
  }

 private:
  std::vector<Entry> entries_;         // sorted by (gram, piece)
  int shift_ = 0;                      // of a gram to its place in the directory
  std::vector<std::uint32_t> begins_;  // of the entries of a place; the end last
};

}  // namespace pno::corpus
