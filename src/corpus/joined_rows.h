#pragma once

// The joined rows of a dataset: if two parts strike one pitch at one time, their rows become one
// note when parts are merged, and the second row is a joined row. Every other row is a note.

#include <algorithm>
#include <cstdint>
#include <vector>

namespace pno::corpus {

class JoinedRows {
 public:
  // Rows are added in rising order.
  void add(std::int64_t row) { notes_before_.push_back(row - count()); }

  std::int64_t count() const { return static_cast<std::int64_t>(notes_before_.size()); }

  // The number of notes in the rows before `row`. O(log of the joined rows).
  std::int64_t notes_before(std::int64_t row) const {
    // Of joined row i, the notes before it are its row number less i: the sum of both is searched.
    std::int64_t first = 0, last = count();
    while (first < last) {
      const std::int64_t middle = first + (last - first) / 2;
      if (notes_before_[static_cast<std::size_t>(middle)] + middle < row) {
        first = middle + 1;
      } else {
        last = middle;
      }
    }
    return row - first;
  }

  // The row of a note. O(log of the joined rows).
  std::int64_t row_of(std::int64_t note) const {
    const auto after = std::upper_bound(notes_before_.begin(), notes_before_.end(), note);
    return note + (after - notes_before_.begin());
  }

 private:
  std::vector<std::int64_t> notes_before_;  // for each joined row
};

}  // namespace pno::corpus
