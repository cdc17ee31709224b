#include "corpus/joined_rows.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace pno::corpus {
namespace {

TEST(JoinedRows, WithoutAnyEveryRowIsANote) {
  const JoinedRows joined;
  EXPECT_EQ(joined.count(), 0);
  EXPECT_EQ(joined.notes_before(7), 7);
  EXPECT_EQ(joined.row_of(7), 7);
}

TEST(JoinedRows, CountNotesAsALoopOverTheRowsDoes) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    RandomStream random(seed, 0);
    JoinedRows joined;
    std::int64_t notes = 0;
    std::vector<std::int64_t> row_of_note, notes_before;
    for (std::int64_t row = 0; row < 200; ++row) {
      notes_before.push_back(notes);
      if (random.below(3) == 0) {
        joined.add(row);
      } else {
        row_of_note.push_back(row);
        ++notes;
      }
    }
    for (std::size_t row = 0; row < notes_before.size(); ++row) {
      ASSERT_EQ(joined.notes_before(static_cast<std::int64_t>(row)), notes_before[row]);
    }
    for (std::size_t note = 0; note < row_of_note.size(); ++note) {
      ASSERT_EQ(joined.row_of(static_cast<std::int64_t>(note)), row_of_note[note]);
    }
  }
}

}  // namespace
}  // namespace pno::corpus
