#include "cli/arrange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace pno::cli {
namespace {

midi::Note note(std::int64_t start_us, std::uint32_t length_us, std::uint8_t pitch) {
  return {.start_us = start_us,
          .length_us = length_us,
          .key_length_us = length_us,
          .pitch = pitch,
          .velocity = 64};
}

midi::Performance three_notes() {
  return {.notes = {note(0, 500'000, 60), note(400'000, 100'001, 64), note(1'000'000, 7, 100)},
          .pedals = {}};
}

TEST(Arrange, DefaultChangesNothing) {
  auto performance = three_notes();
  EXPECT_EQ(arrange(performance, {}), 0);
  EXPECT_EQ(performance.notes, three_notes().notes);
}

TEST(Arrange, TransposeShiftsPitches) {
  auto performance = three_notes();
  EXPECT_EQ(arrange(performance, {.transpose = -5}), 0);
  EXPECT_EQ(performance.notes[0].pitch, 55);
  EXPECT_EQ(performance.notes[2].pitch, 95);
}

TEST(Arrange, NotesOutOfRangeAreRemovedAndCounted) {
  auto performance = three_notes();
  EXPECT_EQ(arrange(performance, {.transpose = 28}), 1);
  ASSERT_EQ(performance.notes.size(), 2U);
  EXPECT_EQ(performance.notes[1].pitch, 92);
  EXPECT_EQ(arrange(performance, {.transpose = -127}), 2);
  EXPECT_TRUE(performance.notes.empty());
}

// Both ends of a note are scaled, so notes without a gap stay without a gap.
TEST(Arrange, TempoScaleScalesBothEndsOfNotes) {
  auto performance = three_notes();
  arrange(performance, {.tempo_scale = 2});
  EXPECT_EQ(performance.notes[1], note(200'000, 50'001, 64));
  EXPECT_EQ(performance.notes[2], note(500'000, 4, 100));
  performance = three_notes();
  arrange(performance, {.tempo_scale = 0.5});
  EXPECT_EQ(performance.notes[1], note(800'000, 200'002, 64));
}

TEST(Arrange, NoteLengthStaysAboveZero) {
  midi::Performance performance{.notes = {note(0, 1, 60)}, .pedals = {}};
  arrange(performance, {.tempo_scale = 10});
  EXPECT_EQ(performance.notes[0].length_us, 1U);
}

TEST(ArrangeOptions, OutOfRangeIsAUsageError) {
  for (const auto& options : {ArrangeOptions{.transpose = 128}, ArrangeOptions{.transpose = -128},
                              ArrangeOptions{.tempo_scale = 0}, ArrangeOptions{.tempo_scale = 11},
                              ArrangeOptions{.tempo_scale = std::nan("")}}) {
    const auto valid = options.validate();
    ASSERT_FALSE(valid.has_value());
    EXPECT_EQ(valid.error().kind, Error::Kind::usage);
    EXPECT_THAT(valid.error().message, testing::HasSubstr("it must be"));
  }
}

TEST(WithoutOpening, KeepsLaterNotesWithRelativeTimes) {
  const auto rest = without_opening(three_notes(), 400'000);
  ASSERT_EQ(rest.notes.size(), 2U);
  EXPECT_EQ(rest.notes[0], note(0, 100'001, 64));
  EXPECT_EQ(rest.notes[1], note(600'000, 7, 100));
}

}  // namespace
}  // namespace pno::cli
