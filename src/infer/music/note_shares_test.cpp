#include "infer/music/note_shares.h"

#include <gtest/gtest.h>

#include <vector>

namespace pno::infer {
namespace {

using events::kPerformance;
using events::Token;

const events::Vocabulary& V = kPerformance;

// Two notes, of which the second is held over the end.
const std::vector<Token> kTokens = {V.bos(),          V.velocity(10), V.note_on(60),
                                    V.time_shift(50), V.note_off(60), V.time_shift(100),
                                    V.note_on(64)};
// Powers of two, so that sums tell their parts.
const std::vector<float> kWeights = {1, 2, 4, 8, 16, 32, 64};

TEST(NoteShares, AddUpTheEventsOfEachNote) {
  const auto [notes, rest] = note_shares(kTokens, kWeights, V);
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0].pitch, 64);
  EXPECT_EQ(notes[0].start_steps, 150);
  EXPECT_EQ(notes[0].share, 64);
  EXPECT_EQ(notes[1].pitch, 60);
  EXPECT_EQ(notes[1].start_steps, 0);
  EXPECT_EQ(notes[1].share, 2 + 4 + 16);
  EXPECT_EQ(rest, 1 + 8 + 32);
}

TEST(NoteShares, WeightsOfTheLastTokensAloneCount) {
  const auto [notes, rest] = note_shares(kTokens, std::span(kWeights).last(3), V);
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[1].pitch, 60);
  EXPECT_EQ(notes[1].share, 16);  // its NOTE_OFF
  EXPECT_EQ(rest, 32);
  EXPECT_EQ(note_shares(kTokens, std::span(kWeights).last(1), V).notes.size(), 1U);
}

TEST(NoteShares, EventsOfNoNoteAreInTheRest) {
  const std::vector<Token> stray = {V.note_off(60), V.velocity(3)};
  const auto [notes, rest] = note_shares(stray, std::vector<float>{1, 2}, V);
  EXPECT_TRUE(notes.empty());
  EXPECT_EQ(rest, 3);
}

TEST(FindNoteOn, FindsANoteByItsOnsetAndPitch) {
  EXPECT_EQ(find_note_on(kTokens, 0, 60, V), 2U);
  EXPECT_EQ(find_note_on(kTokens, 150, 64, V), 6U);
  EXPECT_EQ(find_note_on(kTokens, 149, 64, V), std::nullopt);
  EXPECT_EQ(find_note_on(kTokens, 150, 60, V), std::nullopt);
}

}  // namespace
}  // namespace pno::infer
