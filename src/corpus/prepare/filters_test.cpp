#include "corpus/prepare/filters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "corpus/test_files.h"

namespace pno::corpus {
namespace {

using Notes = std::vector<events::PlainNote>;

Notes notes_of_tune(std::uint64_t number) {
  return events::plain_notes(tune(number, 50));
}

// Two seconds: a note, a second of silence, a note.
const Notes kTwoNotes = {{0, 500'000, 60, 80}, {1'500'000, 500'000, 62, 90}};

TEST(FilterReason, IsOffByDefault) {
  EXPECT_EQ(filter_reason(kTwoNotes, {}), "");
}

TEST(FilterReason, NamesTheFilter) {
  EXPECT_EQ(filter_reason(kTwoNotes, {.min_seconds = 2.5}),
            "lasts 2.0 s, less than the 2.5 s asked for");
  EXPECT_EQ(filter_reason(kTwoNotes, {.min_notes = 3}), "has 2 notes, fewer than the 3 asked for");
  EXPECT_EQ(filter_reason(kTwoNotes, {.max_silence = 0.4}),
            "is silent for 50 % of its time, more than the 40 % allowed");
  EXPECT_EQ(filter_reason(kTwoNotes, {.min_pitches = 3}),
            "has 2 different pitches, fewer than the 3 asked for");
}

TEST(FilterReason, TakesWhatJustFits) {
  EXPECT_EQ(filter_reason(kTwoNotes,
                          {.min_seconds = 2, .min_notes = 2, .max_silence = 0.5, .min_pitches = 2}),
            "");
}

TEST(SilentShare, CountsOnlyWhatNoNoteCovers) {
  const Notes covered = {
      {0, 2'000'000, 60, 80}, {500'000, 100'000, 62, 90}, {3'000'000, 1'000'000, 64, 9}};
  EXPECT_DOUBLE_EQ(silent_share(covered), 0.25);
  EXPECT_DOUBLE_EQ(silent_share(Notes{{5'000'000, 1, 60, 1}}), 0);
}

TEST(PerformancesOnly, SkipsOneVelocityThroughout) {
  auto notes = notes_of_tune(1);
  for (auto& note : notes) note.velocity = 80;
  EXPECT_EQ(filter_reason(notes, {.performances_only = true}),
            "is not a performance: all notes have one velocity");
}

TEST(PerformancesOnly, SkipsNotesOnOneGrid) {
  for (const double step_us : {125'000.0, 104'166.667, 1e6 / 48}) {
    Notes notes;
    for (int i = 0; i < 400; ++i) {
      const int steps = i * 3 / 2 + (i % 7 == 0 ? 1 : 0);
      notes.push_back(
          {std::llround(steps * step_us), 50'000, 60, static_cast<std::uint8_t>(40 + i % 30)});
    }
    EXPECT_TRUE(on_one_grid(notes)) << step_us;
    EXPECT_EQ(filter_reason(notes, {.performances_only = true}),
              "is not a performance: all notes start on one grid");
  }
}

TEST(PerformancesOnly, TakesPerformances) {
  for (std::uint64_t number = 0; number < 100; ++number) {
    EXPECT_EQ(filter_reason(notes_of_tune(number), {.performances_only = true}), "") << number;
  }
}

TEST(DensestSecond, IsTheMostInAnyWindow) {
  EXPECT_EQ(densest_second(kTwoNotes), 1);
  Notes notes;
  for (int i = 0; i < 30; ++i) notes.push_back({std::int64_t{i} * 100'000, 1, 60, 1});
  EXPECT_EQ(densest_second(notes), 10);
}

}  // namespace
}  // namespace pno::corpus
