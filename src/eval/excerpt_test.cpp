#include "eval/excerpt.h"

#include <gtest/gtest.h>

#include "eval/feature_test_music.h"

namespace pno::eval {
namespace {

TEST(Excerpt, BeginsWithItsFirstNoteAndCutsAtItsEnd) {
  const auto notes = notes_at({{0.5, 60}, {2, 62, 9}, {3, 64}, {7, 65}, {8, 66}});
  const auto part = excerpt_of(notes, 1'000'000, 5'000'000);
  ASSERT_EQ(part.notes.size(), 2U);
  EXPECT_EQ(part.notes[0].start_us, 0);
  EXPECT_EQ(part.notes[0].length_us, 5'000'000U) << "cut";
  EXPECT_EQ(part.notes[1].start_us, 1'000'000);
  EXPECT_EQ(part.length_us, 5'000'000);
}

TEST(Excerpt, AtTheEndOfAPieceIsAsLongAsItsNotes) {
  const auto notes = notes_at({{0, 60}, {2, 62, 1.5}});
  EXPECT_EQ(excerpt_of(notes, 0, 30'000'000).length_us, 3'500'000);
  EXPECT_EQ(excerpt_of(notes, 0, 3'000'000).length_us, 3'000'000);
  EXPECT_TRUE(excerpt_of(notes, 5'000'000, 1'000'000).notes.empty());
  EXPECT_EQ(excerpt_of({}, 0, 1'000'000).length_us, 0);
}

}  // namespace
}  // namespace pno::eval
