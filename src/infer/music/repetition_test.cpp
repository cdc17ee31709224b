#include "infer/music/repetition.h"

#include <gtest/gtest.h>

#include "base/allocation_count.h"
#include "base/random.h"

namespace pno::infer {
namespace {

using events::kPerformance;

RepetitionPenalty after(const std::vector<int>& pitches, int window = 100, double penalty = 1) {
  RepetitionPenalty repetition(kPerformance, penalty, window);
  for (const int pitch : pitches) repetition.read(kPerformance.note_on(pitch));
  return repetition;
}

// The definition as a search: the longest sequence before `pitch` that it would repeat.
int match_by_search(const std::vector<int>& pitches, int window, int pitch) {
  const auto size = static_cast<int>(pitches.size());
  const int first = std::max(0, size - window);
  const auto at = [&](int i) { return pitches[static_cast<std::size_t>(i)]; };
  int longest = 0;
  for (int next = first + 1; next < size; ++next) {
    if (at(next) != pitch) continue;
    int run = 0;
    while (next - 1 - run >= first && at(next - 1 - run) == at(size - 1 - run)) ++run;
    longest = std::max(longest, run);
  }
  return std::min(longest, RepetitionPenalty::kMaxMatch);
}

TEST(RepetitionPenalty, CountsTheNotesThatANoteWouldRepeat) {
  const auto repetition = after({60, 62, 64, 65, 60, 62, 64});
  EXPECT_EQ(repetition.match(65), 3);
  EXPECT_EQ(repetition.match(60), 0) << "played before, but not after these notes";
  EXPECT_EQ(repetition.match(70), 0);
  EXPECT_EQ(after({60, 60, 60, 60}).match(60), 3) << "after 60 60 60 came 60";
  EXPECT_EQ(after({}).match(60), 0);
}

TEST(RepetitionPenalty, ChargesThePenaltyForEveryRepeatedNote) {
  EXPECT_DOUBLE_EQ(after({1, 2, 3, 1, 2}, 100, 0.5).penalty(3), 1.0);
}

TEST(RepetitionPenalty, ForgetsNotesBeyondTheWindow) {
  EXPECT_EQ(after({1, 2, 3, 4, 5, 1}, 6).match(2), 1);
  EXPECT_EQ(after({1, 2, 3, 4, 5, 1}, 5).match(2), 0);
}

TEST(RepetitionPenalty, CountsOnlyNoteOns) {
  RepetitionPenalty repetition(kPerformance, 1, 10);
  for (const auto token :
       {kPerformance.note_on(60), kPerformance.velocity(3), kPerformance.note_on(64),
        kPerformance.time_shift(10), kPerformance.note_off(60), kPerformance.note_on(60)}) {
    repetition.read(token);
  }
  EXPECT_EQ(repetition.match(64), 1);
}

TEST(RepetitionPenalty, EqualsASearchThroughAllNotes) {
  RandomStream random(1, 0);
  for (const int window : {1, 2, 3, 7, 50, 1000}) {
    RepetitionPenalty repetition(kPerformance, 1, window);
    std::vector<int> pitches;
    for (int i = 0; i < 400; ++i) {
      const auto choices = static_cast<std::uint64_t>(1 + i / 100);
      pitches.push_back(60 + static_cast<int>(random.below(choices)));
      repetition.read(kPerformance.note_on(pitches.back()));
      for (int pitch = 59; pitch < 66; ++pitch) {
        ASSERT_EQ(repetition.match(pitch), match_by_search(pitches, window, pitch))
            << "note " << i << ", window " << window;
      }
    }
  }
}

TEST(RepetitionPenalty, DoesNotAllocate) {
  RepetitionPenalty repetition(kPerformance, 1, 64);
  const auto before = allocation_count();
  for (int i = 0; i < 200; ++i) repetition.read(kPerformance.note_on(60 + i % 7));
  EXPECT_EQ(allocation_count(), before);
}

}  // namespace
}  // namespace pno::infer
