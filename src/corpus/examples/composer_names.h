#pragma once

// Composers by surname: the same person is written in many ways ("Frédéric Chopin", "Chopin",
// "Rachmaninov, S.").

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/dataset.h"

namespace pno::corpus {

// The surname as it is written: the last word, or what stands before a comma; brackets left out.
std::string surname(std::string_view composer);

// The surname in small letters without accents, one spelling for one person: "rachmaninoff". Empty
// for an unknown composer ("", "???", "Anonymous", "Traditional").
std::string composer_key(std::string_view composer);

// A composer has a COMPOSER token of his own if a dataset has so many of his pieces for training.
inline constexpr std::int64_t kLeastPieces = 40;

// The surnames of those composers, in the order of their keys, each in its most frequent spelling.
// Works of two composers ("Franz Schubert / Franz Liszt") do not count.
std::vector<std::string> frequent_composers(std::span<const Dataset* const> datasets,
                                            std::int64_t least_pieces = kLeastPieces);

// From a composer as a dataset or a user writes him to the value of COMPOSER.
class ComposerTable {
 public:
  // `names` as events::StoredVocabulary has them, "other" first.
  explicit ComposerTable(std::span<const std::string> names);

  // 0, "other", for a composer who is not in the table, and for works of two; -1 if unknown.
  int value(std::string_view composer) const;

 private:
  std::map<std::string, int, std::less<>> values_;  // by key
};

}  // namespace pno::corpus
