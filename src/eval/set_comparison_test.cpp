// Properties: a set against itself, against its transposition, against noise.

#include "eval/set_comparison.h"

#include <gtest/gtest.h>

#include <cmath>

#include "eval/feature_test_music.h"
#include "eval/judgement.h"

namespace pno::eval {
namespace {

constexpr std::size_t kPieces = 60;

// Random walks in the scale of a random key, with chords, at random tempos.
Excerpt tonal_music(std::uint64_t seed) {
  RandomStream random(seed, 0);
  constexpr std::array kScale = {0, 2, 4, 5, 7, 9, 11};
  const int tonic = 40 + static_cast<int>(random.below(12));
  const double beat_s = 0.15 + 0.3 * random.uniform();
  int degree = 10;
  std::vector<TestNote> list;
  for (double now_s = 0; now_s < 20; now_s += beat_s * (random.below(3) == 0 ? 2 : 1)) {
    degree = std::clamp(degree + static_cast<int>(random.below(5)) - 2, 0, 20);
    const auto pitch = [&](int at) {
      return tonic + 12 * (at / 7) + kScale[static_cast<std::size_t>(at % 7)];
    };
    const int velocity = 50 + static_cast<int>(random.below(30));
    list.push_back({now_s, pitch(degree), beat_s, velocity});
    if (random.below(2) == 0) list.push_back({now_s, pitch(degree + 2), beat_s, velocity});
  }
  return excerpt(notes_at(list), 20);
}

Excerpt noise(std::uint64_t seed) {
  RandomStream random(seed, 1);
  std::vector<TestNote> list;
  for (double now_s = 0; now_s < 20; now_s += 0.2 * random.uniform()) {
    list.push_back({now_s, 21 + static_cast<int>(random.below(88)), 2 * random.uniform(),
                    1 + static_cast<int>(random.below(127))});
  }
  return excerpt(notes_at(list), 20);
}

template <class Make>
MeasuredSet set_of(std::uint64_t first_seed, Make&& make) {
  MeasuredSet set;
  for (std::size_t i = 0; i < kPieces; ++i) {
    set.groups.push_back(i);
    set.values.push_back(measure(make(first_seed + i)));
  }
  return set;
}

SetComparison compared(const MeasuredSet& set, const MeasuredSet& real, int resamples = 0) {
  const auto result = compare_sets(set, real, {.resamples = resamples});
  EXPECT_TRUE(result.has_value());
  return *result;
}

const FeatureComparison& at(const SetComparison& comparison, Feature feature) {
  return comparison.features[static_cast<std::size_t>(feature)];
}

TEST(SetComparison, ASetAgainstItselfIsAsRealMusic) {
  const auto set = set_of(1, tonal_music);
  const auto same = compared(set, set);
  EXPECT_GT(same.overlap.value, 0.94);  // the pairs of an excerpt with itself are the rest
  EXPECT_LT(same.divergence.value, 0.05);
  for (const auto& feature : same.features) EXPECT_NEAR(feature.diversity.value, 1, 1e-6);
}

TEST(SetComparison, NoiseIsFarFromTonalMusic) {
  const auto real = set_of(1, tonal_music);
  const auto other = compared(set_of(1000, tonal_music), real);
  const auto random = compared(set_of(1, noise), real);
  EXPECT_GT(other.overlap.value, 0.88);
  EXPECT_LT(random.overlap.value, 0.6);
  EXPECT_GT(random.divergence.value, 10 * other.divergence.value);
  for (const auto feature : {Feature::scale_consistency, Feature::key_fit, Feature::pitch_range,
                             Feature::pitch_class_transitions, Feature::inter_onset_histogram}) {
    EXPECT_LT(at(random, feature).overlap.value, at(other, feature).overlap.value - 0.2)
        << feature_text(feature).title;
  }
}

TEST(SetComparison, ATranspositionChangesOnlyWhatNamesPitchClasses) {
  const auto original = set_of(1, tonal_music);
  const auto transposed = set_of(1, [](std::uint64_t seed) {
    auto music = tonal_music(seed);
    for (auto& note : music.notes) note.pitch = static_cast<std::uint8_t>(note.pitch + 3);
    return music;
  });
  for (std::size_t i = 0; i < kFeatures; ++i) {
    const auto feature = static_cast<Feature>(i);
    if (feature == Feature::pitch_classes || feature == Feature::pitch_class_transitions) continue;
    for (std::size_t piece = 0; piece < kPieces; ++piece) {
      ASSERT_EQ(original.values[piece][i].size(), transposed.values[piece][i].size());
      for (std::size_t j = 0; j < original.values[piece][i].size(); ++j) {
        EXPECT_NEAR(original.values[piece][i][j], transposed.values[piece][i][j], 1e-9)
            << feature_text(feature).title;
      }
    }
  }
  EXPECT_NEAR(at(compared(transposed, original), Feature::pitch_classes).diversity.value, 1, 1e-6);
}

TEST(SetComparison, ASetOfOnePieceHasNoDiversity) {
  const auto real = set_of(1, tonal_music);
  const auto copies = set_of(1, [](std::uint64_t) { return tonal_music(1); });
  const auto comparison = compared(copies, real);
  EXPECT_EQ(at(comparison, Feature::density).diversity.value, 0);
  EXPECT_LT(comparison.overlap.value, 0.9);
}

TEST(SetComparison, IntervalsHoldTheFigureAndRepeatWithTheSeed) {
  const auto real = set_of(1, tonal_music), set = set_of(500, noise);
  const auto first = compared(set, real, 40), second = compared(set, real, 40);
  EXPECT_EQ(first.overlap.low, second.overlap.low);
  EXPECT_LT(first.overlap.low, first.overlap.high);
  EXPECT_LT(first.overlap.high - first.overlap.low, 0.2);
  const auto& density = at(first, Feature::density);
  EXPECT_LE(density.mean.low, density.mean.value);
  EXPECT_GE(density.mean.high, density.mean.value);
  EXPECT_NEAR(density.mean.value, 10, 0.5) << "a note each 0.1 s on average";
}

}  // namespace
}  // namespace pno::eval
