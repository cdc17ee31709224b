#include "web/note_stream.h"

#include <gtest/gtest.h>

namespace pno::web {
namespace {

constexpr auto& kVocabulary = events::kPerformance;

TEST(NoteStream, ReportsANoteWhenItBeginsAndWhenItEnds) {
  NoteStream stream(kVocabulary, /*from_seconds=*/10);
  stream.read(kVocabulary.velocity(20));
  stream.read(kVocabulary.note_on(60));
  stream.read(kVocabulary.time_shift(50));
  auto notes = stream.take();
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].id, 0);
  EXPECT_DOUBLE_EQ(notes[0].start_seconds, 10);
  EXPECT_LT(notes[0].end_seconds, 0);
  EXPECT_EQ(notes[0].pitch, 60);
  EXPECT_EQ(notes[0].velocity, kVocabulary.bin_velocity(20));
  EXPECT_TRUE(stream.take().empty());
  stream.read(kVocabulary.note_off(60));
  notes = stream.take();
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].id, 0);
  EXPECT_DOUBLE_EQ(notes[0].end_seconds, 10.5);
}

TEST(NoteStream, EndsWhatSoundsAtTheEndAndWhatIsStruckAgain) {
  NoteStream stream(kVocabulary, 0);
  stream.read(kVocabulary.note_on(60));
  stream.read(kVocabulary.time_shift(10));
  stream.read(kVocabulary.note_on(60));
  stream.read(kVocabulary.note_off(61));  // stray
  stream.finish();
  const auto notes = stream.take();
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_DOUBLE_EQ(notes[0].end_seconds, 0.1);
  EXPECT_DOUBLE_EQ(notes[1].end_seconds, 0.11);  // at least one step
}

}  // namespace
}  // namespace pno::web
