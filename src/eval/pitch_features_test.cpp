#include "eval/pitch_features.h"

#include <gtest/gtest.h>

#include <cmath>

#include "eval/feature_test_music.h"

namespace pno::eval {
namespace {

TEST(PitchFeatures, OfAScaleAreThoseCountedByHand) {
  const auto scale = melody({60, 62, 64, 65, 67, 69, 71, 72});
  EXPECT_EQ(pitch_range(scale), 12);
  EXPECT_EQ(distinct_pitches(scale), 8);
  const auto classes = pitch_class_histogram(scale);
  EXPECT_DOUBLE_EQ(classes[0], 2.0 / 8);  // C twice
  EXPECT_DOUBLE_EQ(classes[2], 1.0 / 8);
  EXPECT_DOUBLE_EQ(classes[1], 0);
  const auto transitions = pitch_class_transitions(scale);
  EXPECT_DOUBLE_EQ(transitions[0 * 12 + 2], 1.0 / 7);
  EXPECT_DOUBLE_EQ(transitions[11 * 12 + 0], 1.0 / 7);
  EXPECT_DOUBLE_EQ(transitions[2 * 12 + 0], 0);
  EXPECT_DOUBLE_EQ(scale_consistency(scale), 1);
  // Foreignness in C major: the triad, of which four notes are, has 0, the other four 1/4.
  EXPECT_DOUBLE_EQ(key_fit(scale), 1 - 4 * 0.25 / 8);
}

TEST(PitchFeatures, EntropyIsAveragedOverWindowsWithNotes) {
  // Second 0: C D, 1 bit; second 1: E, 0 bits; seconds 2 and 3 are silent; second 4: four pitches.
  const auto notes =
      notes_at({{0.0, 60}, {0.5, 62}, {1.2, 64}, {4.0, 60}, {4.2, 61}, {4.4, 62}, {4.6, 63}});
  EXPECT_DOUBLE_EQ(pitch_class_entropy(notes, 1), (1.0 + 0 + 2) / 3);
  EXPECT_DOUBLE_EQ(pitch_class_entropy(notes, 4), (std::log2(3.0) + 2) / 2);
}

TEST(PitchFeatures, KeyFitIsTheSameInAllKeys) {
  const auto scale = melody({60, 62, 64, 65, 67, 69, 71, 72});
  for (int semitones = 1; semitones < 12; ++semitones) {
    auto transposed = scale;
    for (auto& note : transposed) note.pitch = static_cast<std::uint8_t>(note.pitch + semitones);
    EXPECT_DOUBLE_EQ(key_fit(transposed), key_fit(scale)) << semitones;
  }
}

TEST(PitchFeatures, ChromaticMusicFitsNoKeyWell) {
  const auto chromatic = melody({60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71});
  EXPECT_DOUBLE_EQ(scale_consistency(chromatic), 7.0 / 12);
  EXPECT_LT(key_fit(chromatic), 0.6);
}

TEST(PitchFeatures, WithoutNotesAreZero) {
  EXPECT_EQ(pitch_range({}), 0);
  EXPECT_EQ(distinct_pitches({}), 0);
  EXPECT_EQ(pitch_class_entropy({}, 1), 0);
  EXPECT_EQ(scale_consistency({}), 0);
  EXPECT_EQ(key_fit({}), 0);
  EXPECT_EQ(pitch_class_transitions({})[0], 0);
}

}  // namespace
}  // namespace pno::eval
