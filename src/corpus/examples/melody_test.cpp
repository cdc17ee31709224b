#include "corpus/examples/melody.h"

#include <gmock/gmock.h>

#include <set>

#include "corpus/examples/grid_music.h"
#include "corpus/examples/test_examples.h"
#include "events/random_music.h"

namespace pno::corpus {
namespace {

using testing::ElementsAre;
using Notes = std::vector<events::PlainNote>;

std::vector<int> melody_pitches(const Notes& notes) {
  std::vector<int> pitches;
  for (const auto& note : notes) {
    if (note.part == kMelodyPart) pitches.push_back(note.pitch);
  }
  return pitches;
}

TEST(Melody, IsThePartOfThatName) {
  EXPECT_EQ(melody_part({.parts = {"PIANO", "MELODY", "Melody 2"}}), 1);
  EXPECT_EQ(melody_part({.parts = {"right hand", "left hand"}}), -1);
  EXPECT_EQ(melody_part({}), -1);
}

// Two parts strike 60 at one time: merged, it is the melody's.
TEST(Melody, NotesOfThePartAreFoundInTheMergedMusic) {
  Notes notes;
  for (std::int64_t i = 0; i < 40; ++i) {
    const auto pitch = static_cast<std::uint8_t>(60 + i % 5);
    notes.push_back({i * 500'000, 400'000, 40, 64, 1});
    notes.push_back({i * 500'000, 400'000, pitch, 64, 0});
    if (i % 4 == 0) notes.push_back({i * 500'000, 400'000, pitch, 64, 1});
  }
  const auto dataset = dataset_of(std::vector{piece_of(notes, {.parts = {"MELODY", "PIANO"}})});
  for (const std::int64_t first : {0, 11}) {
    dataset.gather(0, first, 30, notes);
    RandomStream random(1, 1);
    EXPECT_EQ(mark_melody(dataset, 0, random, notes), MelodyChoice::part);
    for (const auto& note : notes) EXPECT_EQ(note.part == kMelodyPart, note.pitch >= 60);
  }
}

TEST(Melody, TheSkylineIsTheHighestOfEachChordUnlessAHigherOneSounds) {
  Notes notes = {{0, 900'000, 48, 64},
                 {0, 900'000, 72, 64},
                 {10'000, 900'000, 60, 64},
                 {300'000, 100'000, 55, 64},  // 72 has just begun
                 {1'000'000, 100'000, 50, 64}};
  mark_skyline(notes);
  EXPECT_THAT(melody_pitches(notes), ElementsAre(72, 50));
}

TEST(Melody, ARangeHasItsEnds) {
  Notes notes = {{0, 1, 59, 64, 1}, {1, 1, 60, 64}, {2, 1, 72, 64}, {3, 1, 73, 64, 1}};
  mark_pitches(60, 72, notes);
  EXPECT_THAT(melody_pitches(notes), ElementsAre(60, 72));
}

TEST(Melody, WithoutAPartEveryOtherWayIsDrawn) {
  const auto dataset = dataset_of(random_pieces(1, 400));
  std::set<MelodyChoice> choices;
  for (std::uint64_t i = 0; i < 50; ++i) {
    auto notes = dataset.music(0);
    RandomStream random(1, i);
    choices.insert(mark_melody(dataset, 0, random, notes));
    EXPECT_FALSE(melody_pitches(notes).empty());
    EXPECT_LT(melody_pitches(notes).size(), notes.size());
  }
  EXPECT_THAT(choices,
              ElementsAre(MelodyChoice::skyline, MelodyChoice::split, MelodyChoice::in_range));
}

}  // namespace
}  // namespace pno::corpus
