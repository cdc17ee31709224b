#include "corpus/matching/pitch_grams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

namespace pno::corpus {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Notes {
  std::vector<std::int64_t> start_us;
  std::vector<std::uint8_t> pitch;

  PieceOnsets onsets() const { return {start_us, pitch}; }
};

// One note every 100 ms.
Notes line(const std::vector<std::uint8_t>& pitches) {
  Notes notes{.start_us = {}, .pitch = pitches};
  for (std::size_t i = 0; i < pitches.size(); ++i) {
    notes.start_us.push_back(static_cast<std::int64_t>(i) * 100'000);
  }
  return notes;
}

std::vector<int> ordered_pitches(const Notes& notes) {
  std::vector<Onset> onsets;
  order_onsets(notes.onsets(), onsets);
  std::vector<int> pitches;
  for (const auto& onset : onsets) pitches.push_back(onset.pitch);
  return pitches;
}

std::set<Gram> grams_of(const Notes& notes) {
  GramReader reader;
  const auto grams = reader.read(notes.onsets());
  EXPECT_TRUE(std::is_sorted(grams.begin(), grams.end()));
  std::set<Gram> set(grams.begin(), grams.end());
  EXPECT_EQ(set.size(), grams.size()) << "a set has each once";
  return set;
}

TEST(OrderOnsets, SortsTheNotesOfAChordByPitch) {
  const Notes spread{.start_us = {0, 10'000, 30'000, 500'000}, .pitch = {67, 60, 64, 50}};
  EXPECT_THAT(ordered_pitches(spread), ElementsAre(60, 64, 67, 50));
}

TEST(OrderOnsets, EndsAChord30MillisecondsAfterItsFirstNote) {
  // The third note is 20 ms after the second, but 40 ms after the first: it begins another chord.
  const Notes rolled{.start_us = {0, 20'000, 40'000, 69'000}, .pitch = {67, 64, 60, 55}};
  EXPECT_THAT(ordered_pitches(rolled), ElementsAre(64, 67, 55, 60));
  const Notes edge{.start_us = {0, 30'001}, .pitch = {67, 60}};
  EXPECT_THAT(ordered_pitches(edge), ElementsAre(67, 60));
}

TEST(OrderOnsets, CountsAPitchThatTwoPartsStrikeTogetherOnce) {
  const Notes unison{.start_us = {0, 0, 5'000, 100'000}, .pitch = {60, 72, 60, 60}};
  EXPECT_THAT(ordered_pitches(unison), ElementsAre(60, 72, 60)) << "but again in the next chord";
}

TEST(GramOf, DiffersIfAnyPitchDoes) {
  const std::array<std::uint8_t, kGramPitches> scale = {60, 62, 64, 65, 67, 69, 71};
  for (std::size_t i = 0; i < scale.size(); ++i) {
    auto other = scale;
    for (std::uint8_t pitch = 0; pitch < 128; ++pitch) {
      other[i] = pitch;
      EXPECT_EQ(gram_of(other) == gram_of(scale), pitch == scale[i]);
    }
  }
}

TEST(GramOf, MixesItsBitsSoThatSimilarPitchesAreSpread) {
  // Neighbouring pitches in all 2^7 choices: about as many of 128 equal places are hit as by
  // chance, where 128 (1 - 1/e) = 81 are expected.
  std::set<Gram> places;
  for (int choice = 0; choice < 128; ++choice) {
    std::array<std::uint8_t, kGramPitches> pitches{};
    for (int i = 0; i < kGramPitches; ++i) {
      pitches[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(60 + (choice >> i & 1));
    }
    places.insert(gram_of(pitches) >> (kGramBits - 7));
  }
  EXPECT_GT(places.size(), 60U);
}

TEST(GramReader, ReadsEverySevenSuccessivePitchesOnce) {
  const auto grams = grams_of(line({60, 62, 64, 65, 67, 69, 71, 72, 60}));
  EXPECT_EQ(grams, (std::set<Gram>{
                       gram_of(std::to_array<std::uint8_t>({60, 62, 64, 65, 67, 69, 71})),
                       gram_of(std::to_array<std::uint8_t>({62, 64, 65, 67, 69, 71, 72})),
                       gram_of(std::to_array<std::uint8_t>({64, 65, 67, 69, 71, 72, 60})),
                   }));
}

TEST(GramReader, CountsARepeatedGramOnce) {
  EXPECT_EQ(grams_of(line(std::vector<std::uint8_t>(100, 60))).size(), 1U);
}

TEST(GramReader, HasNothingForFewerThanSevenNotes) {
  EXPECT_THAT(grams_of(line({60, 62, 64, 65, 67, 69})), IsEmpty());
  EXPECT_THAT(grams_of(line({})), IsEmpty());
  // Seven notes, but six in the order that is read.
  const Notes unison{.start_us = {0, 0, 1, 2, 3, 4, 5}, .pitch = {60, 60, 62, 64, 65, 67, 69}};
  EXPECT_THAT(grams_of(unison), IsEmpty());
}

TEST(GramReader, DoesNotDependOnThePieceReadBefore) {
  GramReader reader;
  const auto long_line = line(std::vector<std::uint8_t>(50, 40));
  const auto other = line({60, 62, 64, 65, 67, 69, 71, 72});
  reader.read(long_line.onsets());
  const auto grams = reader.read(other.onsets());
  EXPECT_EQ(std::set<Gram>(grams.begin(), grams.end()), grams_of(other));
}

}  // namespace
}  // namespace pno::corpus
