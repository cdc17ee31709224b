#include "events/note_grid.h"

#include <gtest/gtest.h>

namespace pno::events {
namespace {

PlainNote note(std::int64_t start_us, std::uint32_t length_us, std::uint8_t pitch = 60) {
  return {.start_us = start_us, .length_us = length_us, .pitch = pitch, .velocity = 64};
}

TEST(NoteGrid, RoundsToTheNearestStepAndAHalfUp) {
  NoteGrid grid({.from_zero = true});
  EXPECT_EQ(grid.place(note(4'999, 100'000)).step, 0);
  EXPECT_EQ(grid.place(note(5'000, 100'000)).step, 1);
  const auto later = grid.place(note(1'004'999, 10'001));
  EXPECT_EQ(later.step, 100);
  EXPECT_EQ(later.end_step, 102) << "1.015 s";
}

TEST(NoteGrid, NotesLastAtLeastOneStep) {
  NoteGrid grid({.from_zero = true});
  const auto place = grid.place(note(20'000, 1));
  EXPECT_EQ(place.step, 2);
  EXPECT_EQ(place.end_step, 3);
}

TEST(NoteGrid, BeginsAtTheFirstNoteOfACrop) {
  NoteGrid grid({.transpose = -2, .stretch = 2});
  const auto first = grid.place(note(7'000'000, 100'000));
  EXPECT_EQ(first.pitch, 58);
  EXPECT_EQ(first.step, 0);
  EXPECT_EQ(first.end_step, 20) << "twice as long";
  EXPECT_EQ(grid.place(note(8'000'000, 1)).step, 200);
}

TEST(NoteGridDeathTest, NotesOutOfOrderOrRangeAreOurBugs) {
  NoteGrid grid({.transpose = 10, .from_zero = true});
  grid.place(note(1'000'000, 1));
  EXPECT_DEATH(grid.place(note(0, 1)), "not sorted by start");
  EXPECT_DEATH(grid.place(note(2'000'000, 1, 120)), "transposed out of");
}

}  // namespace
}  // namespace pno::events
