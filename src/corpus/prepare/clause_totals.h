#pragma once

// The sums of the numbers in remarks such as "12 overlapping notes, 1 stray note-off" on many
// files.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pno::corpus {

struct ClauseTotal {
  std::string what;   // "overlapping notes"
  double number = 0;  // the sum of the numbers before it; 0 if there are none
  std::int64_t files = 0;
};

// Clauses are separated by "; ", and by ", " before or after one that begins with a number. Those
// of most files come first.
std::vector<ClauseTotal> total_clauses(std::span<const std::string> remarks);

}  // namespace pno::corpus
