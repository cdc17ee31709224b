#include "eval/time_features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eval/feature_test_music.h"

namespace pno::eval {
namespace {

using testing::ElementsAre;

TEST(TimeFeatures, NotesWithinThirtyMillisecondsAreOneOnset) {
  const auto notes = notes_at({{0.0, 60}, {0.02, 64}, {0.03, 67}, {0.061, 60}, {1.0, 62}});
  EXPECT_THAT(onset_times(notes), ElementsAre(0, 61'000, 1'000'000));
}

TEST(TimeFeatures, TimeBinsAreHalfOctavesFromThirtyMilliseconds) {
  EXPECT_EQ(time_bin(0), 0U);
  EXPECT_EQ(time_bin(0.029), 0U);
  EXPECT_EQ(time_bin(0.03), 1U);
  EXPECT_EQ(time_bin(0.044), 2U);
  EXPECT_EQ(time_bin(0.0601), 3U);
  EXPECT_EQ(time_bin(3.9), 15U);
  EXPECT_EQ(time_bin(1000), 15U);
}

TEST(TimeFeatures, RhythmOfAnEvenMelodyIsOneBin) {
  const auto notes = melody({60, 62, 64, 65, 67});
  EXPECT_DOUBLE_EQ(inter_onset_median(notes), 0.125);
  EXPECT_DOUBLE_EQ(inter_onset_histogram(notes)[time_bin(0.125)], 1);
  EXPECT_DOUBLE_EQ(length_median(notes), 0.1);
  EXPECT_DOUBLE_EQ(length_histogram(notes)[time_bin(0.1)], 1);
  EXPECT_DOUBLE_EQ(density(excerpt(notes, 2)), 2.5);
}

TEST(TimeFeatures, MedianOfAnEvenCountIsBetweenTheMiddleTwo) {
  const auto notes = notes_at({{0, 60, 0.1}, {1, 60, 0.4}, {2, 60, 0.2}, {3, 60, 0.9}});
  EXPECT_DOUBLE_EQ(length_median(notes), 0.3);
}

TEST(TimeFeatures, VelocityRangeIsThatOfSecondsWithTwoNotes) {
  const auto notes = notes_at({{0.0, 60, 0.1, 40},
                               {0.5, 62, 0.1, 60},
                               {1.5, 64, 0.1, 127},
                               {2.0, 60, 0.1, 50},
                               {2.1, 61, 0.1, 40},
                               {2.9, 62, 0.1, 80}});
  EXPECT_DOUBLE_EQ(velocity_range_of_second(notes), (20 + 40) / 2.0);
  EXPECT_DOUBLE_EQ(mean_velocity(notes), (40 + 60 + 127 + 50 + 40 + 80) / 6.0);
}

TEST(TimeFeatures, PolyphonyCountsSoundingTimeOnly) {
  // Two notes together for 1 s, one for 1 s more, then 2 s of silence.
  const auto notes = notes_at({{0, 60, 2}, {0, 64, 1}});
  EXPECT_DOUBLE_EQ(polyphony(notes), 1.5);
  EXPECT_DOUBLE_EQ(silence_share(excerpt(notes, 4)), 0.5);
  EXPECT_DOUBLE_EQ(silence_share(excerpt(notes, 2)), 0);
}

TEST(TimeFeatures, GrooveComparesNeighbouringWindows) {
  // Windows of 2 s: the first two have the same onsets; the third has one of two elsewhere.
  const auto notes = notes_at({{0.0, 60}, {1.0, 60}, {2.05, 62}, {3.05, 62}, {4.0, 60}, {5.5, 60}});
  EXPECT_DOUBLE_EQ(onset_groove(excerpt(notes, 6)), (1.0 + 18.0 / 20) / 2);
  EXPECT_DOUBLE_EQ(onset_groove(excerpt(notes, 3.9)), 0) << "one window alone";
}

TEST(TimeFeatures, WithoutNotesAreZero) {
  EXPECT_EQ(density({}), 0);
  EXPECT_EQ(inter_onset_median({}), 0);
  EXPECT_EQ(velocity_range_of_second({}), 0);
  EXPECT_EQ(polyphony({}), 0);
  EXPECT_EQ(silence_share({}), 0);
  EXPECT_EQ(onset_groove(excerpt({}, 10)), 0);
}

}  // namespace
}  // namespace pno::eval
