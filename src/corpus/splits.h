#pragma once

// The split of each piece: training, validation or test. The splits of a table are kept row by row,
// so that figures can be compared with those of others. Without a table, all performances of a
// piece, known by its composer and title, are in one split.

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
// ASCII stay as they are); empty without a title.
std::string piece_key(std::string_view composer, std::string_view title);

// A function of the hash alone, so files that are added to a corpus do not change other splits.
Split split_by_hash(std::uint64_t hash, const SplitPercents& percents);

struct SplitQuestion {
  std::uint64_t content = 0;    // hash of the notes
  std::string key;              // of the piece; empty if unknown
  std::optional<Split> listed;  // by a table
  bool settled = false;         // listed by the dataset that is added to: must not change
};

// An answer for each question; it does not depend on their order. A listed split is kept. Other
// pieces of one key share a split: the one that a dataset has settled; else, of what tables list
// for that key, the most withheld (test before validation before train); else by the hash of the
// key. A piece without a key and a listed split gets one by the hash of its content.
std::vector<Split> choose_splits(std::span<const SplitQuestion> questions,
                                 const SplitPercents& percents);

// A key whose pieces are in more than one split, because tables say so.
struct SplitConflict {
  std::size_t first = 0;                       // the first question with that key
  std::array<std::int64_t, kSplits> pieces{};  // in each split
};

// In the order of their first questions. `splits` are the answers.
std::vector<SplitConflict> find_conflicts(std::span<const SplitQuestion> questions,
                                          std::span<const Split> splits);

}  // namespace pno::corpus
