#include "eval/repetition_features.h"

#include <gtest/gtest.h>

#include "eval/feature_test_music.h"

namespace pno::eval {
namespace {

TEST(RepetitionFeatures, LagOfARepeatIsFound) {
  // Seconds 0 and 2 have the same pitches; second 1 shares one of three with each.
  const auto notes = notes_at({{0.0, 60}, {0.5, 64}, {1.0, 60}, {1.5, 65}, {2.0, 60}, {2.5, 64}});
  const auto by_lag = repetition_by_lag(excerpt(notes, 3));
  EXPECT_DOUBLE_EQ(by_lag[0], 1.0 / 3);
  EXPECT_DOUBLE_EQ(by_lag[1], 1);
  EXPECT_DOUBLE_EQ(by_lag[2], 0) << "a lag of 4 s in 3 s";
}

TEST(RepetitionFeatures, RestrikesAreOfOnePitchWithinSixtyMilliseconds) {
  const auto notes = notes_at({{0.0, 60}, {0.03, 62}, {0.059, 60}, {0.119, 60}, {1.0, 60}});
  EXPECT_DOUBLE_EQ(restrikes_per_thousand(notes), 1000.0 / 5) << "59 ms counts, 60 ms does not";
}

TEST(RepetitionFeatures, DronesSoundForTenSecondsLessATenth) {
  const auto notes = notes_at({{0, 60, 9.9}, {0, 62, 9.8}, {1, 64, 12}, {2, 65, 1}});
  EXPECT_DOUBLE_EQ(drones_per_thousand(notes), 500);
}

TEST(RepetitionFeatures, LoopsAreFoundWhateverTheirPeriod) {
  EXPECT_EQ(loop_share(melody(std::vector<int>(11, 60))), 0) << "11 notes are too few";
  EXPECT_EQ(loop_share(melody(std::vector<int>(12, 60))), 1);
  std::vector<int> pitches = {40, 41, 42, 43};
  for (int time = 0; time < 4; ++time) pitches.insert(pitches.end(), {60, 64, 67, 72, 67});
  pitches.insert(pitches.end(), {50, 52, 53, 55});
  EXPECT_DOUBLE_EQ(loop_share(melody(pitches)), 20.0 / 28);
  std::vector<int> three_times = {60, 64, 67, 72, 67, 60, 64, 67, 72, 67, 60, 64, 67, 72, 67};
  EXPECT_EQ(loop_share(melody(three_times)), 0);
}

TEST(RepetitionFeatures, WithoutNotesAreZero) {
  EXPECT_EQ(repetition_by_lag({})[0], 0);
  EXPECT_EQ(restrikes_per_thousand({}), 0);
  EXPECT_EQ(drones_per_thousand({}), 0);
  EXPECT_EQ(loop_share({}), 0);
}

}  // namespace
}  // namespace pno::eval
