#pragma once

// Which pieces are for training, which for validation, which for the test. A piece, known by its
// composer and title, never is in two: whatever was withheld must not have been heard before.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/dataset.h"

namespace pno::corpus {

using SplitPercents = std::array<int, kSplits>;  // of train, validation, test; they sum to 100

// "frederic chopin|etude op 10 no 4" without regard to case, punctuation and spaces (bytes beyond
// ASCII stay as they are); empty where there is no title.
std::string piece_key(std::string_view composer, std::string_view title);

// A function of the hash alone: adding files to a corpus moves none.
Split split_by_hash(std::uint64_t hash, const SplitPercents& percents);

struct SplitQuestion {
  std::uint64_t content = 0;    // hash of the notes
  std::string key;              // of the piece; empty where unknown
  std::optional<Split> listed;  // by a table
  bool settled = false;         // listed by a dataset that is there already: not to be moved
};

// An answer for each question, whatever their order. Pieces of one key share a split: where a
// dataset has settled it, that one; else, of what tables list, the most withheld (test before
// validation before train); else by the hash of the key. Pieces without a key have the split that a
// table lists, else one by the hash of their content.
std::vector<Split> choose_splits(std::span<const SplitQuestion> questions,
                                 const SplitPercents& percents);

}  // namespace pno::corpus
