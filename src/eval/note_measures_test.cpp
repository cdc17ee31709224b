#include "eval/note_measures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "eval/pitch_features.h"

namespace pno::eval {
namespace {

using events::PlainNote;

PlainNote note(double start_s, int pitch, double length_s = 0.5) {
  return {.start_us = std::llround(start_s * 1e6),
          .length_us = static_cast<std::uint32_t>(std::llround(length_s * 1e6)),
          .pitch = static_cast<std::uint8_t>(pitch),
          .velocity = 64};
}

// `count` notes every `gap_s`, with the pitches of `pitches` in turn.
std::vector<PlainNote> line(int count, double gap_s, const std::vector<int>& pitches) {
  std::vector<PlainNote> notes;
  for (int i = 0; i < count; ++i) {
    const auto which = static_cast<std::size_t>(i) % pitches.size();
    notes.push_back(note(i * gap_s, pitches[which]));
  }
  return notes;
}

TEST(NoteMeasures, CountLongAndShortNotes) {
  const std::vector<PlainNote> notes = {note(0, 60, 9.9), note(1, 62, 9.89), note(2, 64, 0.02),
                                        note(3, 65, 0.03), note(4, 67, 12)};
  const auto measures = measure_notes(notes);
  EXPECT_EQ(measures.drones, 2);
  EXPECT_EQ(measures.short_notes, 1);
  EXPECT_DOUBLE_EQ(measures.seconds, 16);
  EXPECT_EQ(measures.lengths.front(), 1);
  EXPECT_EQ(measures.lengths.back(), 1) << "12 s";
  EXPECT_EQ(measures.lengths[measures.lengths.size() - 2], 1) << "9.9 s: a cap of 10 s";
}

TEST(NoteMeasures, RestrikesDronesAndLoopsAreThoseOfTheFeatures) {
  std::vector<PlainNote> notes = line(12, 0.06, {60});
  for (const auto& later : line(30, 0.05, {64, 65, 67})) {
    notes.push_back(later);
    notes.back().start_us += 1'000'000;
  }
  for (const double start_s : {3.0, 3.059, 4.0}) notes.push_back(note(start_s, 70, 9.9));
  const auto measures = measure_notes(notes);
  EXPECT_EQ(measures.restrikes, 1) << "59 ms counts, 60 ms does not";
  EXPECT_EQ(measures.drones, 3);
  EXPECT_EQ(measures.loop_notes, 42) << "12 and 30";
  EXPECT_DOUBLE_EQ(1000 * measures.restrike_share(), restrikes_per_thousand(notes));
  EXPECT_DOUBLE_EQ(1000 * measures.drone_share(), drones_per_thousand(notes));
  EXPECT_DOUBLE_EQ(measures.loop_share(), loop_share(notes));
}

TEST(NoteMeasures, KeyFitIsTheMeanOfTheWindows) {
  // A window of a scale, one of all pitches, and one of too few notes.
  const auto scale = line(15, 0.25, {60, 62, 64, 65, 67, 69, 71, 72});
  auto chromatic = line(24, 0.25, {60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71});
  for (auto& later : chromatic) later.start_us += 20'000'000;
  std::vector<PlainNote> notes = scale;
  notes.insert(notes.end(), chromatic.begin(), chromatic.end());
  for (int i = 0; i < kKeyNotes - 1; ++i) notes.push_back(note(40 + i, 61));
  const auto measures = measure_notes(notes);
  EXPECT_EQ(measures.key_windows, 2);
  EXPECT_DOUBLE_EQ(measures.key_fit(), (key_fit(scale) + key_fit(chromatic)) / 2);
}

TEST(NoteMeasures, ATrillHasManyNotesOfFewPitches) {
  EXPECT_EQ(measure_notes(line(40, 0.1, {60, 62})).trills, 1);
  EXPECT_EQ(measure_notes(line(40, 0.1, {60, 62, 64, 65})).trills, 0);
  EXPECT_EQ(measure_notes(line(8, 0.5, {60})).trills, 0) << "slow";
  EXPECT_EQ(measure_notes(line(100, 0.1, {60, 62})).windows, 2);
}

TEST(NoteMeasures, RepetitionIsOfEightPitches) {
  const std::vector<int> scale = {60, 62, 64, 65, 67, 69, 71, 72};
  auto notes = line(8, 0.25, scale);
  EXPECT_EQ(measure_notes(notes).repetitions, 0);
  EXPECT_EQ(measure_notes(line(16, 0.25, scale)).repetitions, 1);
  EXPECT_EQ(measure_notes(line(16, 0.25, scale)).repeatable_notes, 9);
}

TEST(NoteMeasures, AddUp) {
  auto sum = measure_notes(line(40, 0.1, {60, 62}));
  sum.add(measure_notes(line(40, 0.1, {60, 62, 64, 65})));
  EXPECT_EQ(sum.pieces, 2);
  EXPECT_EQ(sum.notes, 80);
  EXPECT_EQ(sum.windows, 2);
  EXPECT_DOUBLE_EQ(sum.trill_share(), 0.5);
}

TEST(NoteMeasures, WithoutNotesAreZero) {
  const auto measures = measure_notes({});
  EXPECT_EQ(measures.notes, 0);
  EXPECT_EQ(measures.drone_share(), 0);
  EXPECT_EQ(measures.key_fit(), 0);
  EXPECT_EQ(measures.notes_per_s(), 0);
}

}  // namespace
}  // namespace pno::eval
