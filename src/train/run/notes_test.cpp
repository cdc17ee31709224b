#include "train/run/notes.h"

#include <gtest/gtest.h>

namespace pno::train {
namespace {

TEST(Notes, AreJoinedBySemicolonsWithoutEmptyOnes) {
  Notes notes;
  EXPECT_EQ(notes.text(), "");
  notes.add("a");
  notes.add("");
  notes.add("b");
  EXPECT_EQ(notes.text(), "a; b");
}

}  // namespace
}  // namespace pno::train
