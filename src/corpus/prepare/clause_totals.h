#pragma once

// Remarks on many files, added up: "12 overlapping notes, 1 stray note-off" of each, summed.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pno::corpus {

struct ClauseTotal {
  std::string what;   // "overlapping notes"
  double number = 0;  // the sum of what stood before it; 0 if it is not counted
  std::int64_t files = 0;
};

// Clauses are parted by "; ", and by ", " beside one that begins with a number. Those of most files
// come first.
std::vector<ClauseTotal> total_clauses(std::span<const std::string> remarks);

}  // namespace pno::corpus
