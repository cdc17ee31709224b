#include "corpus/matching/same_recording.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace pno::corpus {
namespace {

struct Notes {
  std::vector<std::int64_t> start_us;
  std::vector<std::uint8_t> pitch;

  PieceOnsets onsets() const { return {start_us, pitch}; }
};

// Notes every 40 to 400 ms, on all keys.
Notes performance(std::uint64_t seed, int count) {
  RandomStream random(seed, 0);
  Notes notes;
  std::int64_t now_us = 0;
  for (int i = 0; i < count; ++i) {
    now_us += 40'000 + static_cast<std::int64_t>(random.below(360'000));
    notes.start_us.push_back(now_us);
    notes.pitch.push_back(static_cast<std::uint8_t>(21 + random.below(88)));
  }
  return notes;
}

// The same notes with other times.
template <class Time>
Notes retimed(Notes notes, Time&& time) {
  for (auto& start_us : notes.start_us) start_us = time(start_us);
  return notes;
}

bool are_copies(const Notes& a, const Notes& b) {
  const bool result = is_same_recording(a.onsets(), b.onsets(), /*share=*/1);
  EXPECT_EQ(is_same_recording(b.onsets(), a.onsets(), 1), result) << "the order makes a difference";
  return result;
}

TEST(SameRecording, IsAPieceAndItself) {
  const auto piece = performance(1, 400);
  EXPECT_DOUBLE_EQ(onset_agreement(piece.onsets(), piece.onsets()), 1);
  EXPECT_TRUE(are_copies(piece, piece));
}

TEST(SameRecording, NeedsMostOfTheGrams) {
  const auto piece = performance(1, 400);
  EXPECT_TRUE(is_same_recording(piece.onsets(), piece.onsets(), 0.9));
  EXPECT_FALSE(is_same_recording(piece.onsets(), piece.onsets(), 0.89));
}

TEST(SameRecording, MayBeginLater) {
  const auto piece = performance(1, 400);
  EXPECT_TRUE(are_copies(piece, retimed(piece, [](std::int64_t us) { return us + 7'350'000; })));
}

TEST(SameRecording, MayLackItsBeginningAndItsEnd) {
  const auto piece = performance(1, 400);
  Notes cut;
  for (std::size_t i = 30; i < 380; ++i) {
    cut.start_us.push_back(piece.start_us[i] - piece.start_us[30]);
    cut.pitch.push_back(piece.pitch[i]);
  }
  EXPECT_TRUE(are_copies(piece, cut));
}

TEST(SameRecording, MayBeTranscribedAgain) {
  // Each onset some milliseconds away; a tenth of a percent slower.
  RandomStream random(5, 0);
  const auto piece = performance(1, 400);
  EXPECT_TRUE(are_copies(piece, retimed(piece, [&](std::int64_t us) {
                           return us + us / 1000 + static_cast<std::int64_t>(random.below(15'000));
                         })));
}

TEST(SameRecording, IsNotOneAtAnotherTempo) {
  const auto piece = performance(1, 400);
  EXPECT_TRUE(are_copies(piece, retimed(piece, [](std::int64_t us) { return us * 1005 / 1000; })));
  EXPECT_FALSE(are_copies(piece, retimed(piece, [](std::int64_t us) { return us * 102 / 100; })));
}

TEST(SameRecording, IsNotAnotherPerformanceOfTheSameLength) {
  // Tempo swings by 5 % over 20 seconds, so that beginning and end agree.
  const auto piece = performance(1, 400);
  const auto rubato = retimed(piece, [](std::int64_t us) {
    const double seconds = static_cast<double>(us) / 1e6;
    const double swung = seconds + 0.05 * 20 / 6.28 * std::sin(6.28 * seconds / 20);
    return static_cast<std::int64_t>(swung * 1e6);
  });
  EXPECT_LT(onset_agreement(piece.onsets(), rubato.onsets()), 0.5);
  EXPECT_FALSE(are_copies(piece, rubato));
}

TEST(SameRecording, OfAShortPieceIsJudgedByHalfOfItsLength) {
  const auto piece = performance(1, 20);  // some 4 s
  EXPECT_TRUE(are_copies(piece, piece));
  EXPECT_FALSE(are_copies(piece, retimed(piece, [](std::int64_t us) { return us * 103 / 100; })));
}

TEST(SameRecording, PairsRepeatsInTheirOrder) {
  // A passage of 30 notes ten times: no gram is there only once.
  Notes piece;
  const auto passage = performance(2, 30);
  for (int time = 0; time < 10; ++time) {
    for (std::size_t i = 0; i < passage.pitch.size(); ++i) {
      piece.start_us.push_back(passage.start_us[i] + time * 8'000'000);
      piece.pitch.push_back(passage.pitch[i]);
    }
  }
  EXPECT_TRUE(are_copies(piece, piece));
  EXPECT_FALSE(are_copies(piece, retimed(piece, [](std::int64_t us) { return us * 105 / 100; })));
}

TEST(SameRecording, CannotBeToldFromAFewNotes) {
  const auto piece = performance(1, 7 + 6);  // seven pairs
  EXPECT_FALSE(are_copies(piece, piece));
  EXPECT_FALSE(are_copies(performance(1, 3), performance(1, 3)));
  EXPECT_EQ(onset_agreement({}, {}), 0);
}

TEST(SameRecording, SurvivesNotesAtOneTime) {
  Notes piece = performance(3, 100);
  for (auto& start_us : piece.start_us) start_us = 0;
  EXPECT_EQ(onset_agreement(piece.onsets(), piece.onsets()), 0) << "one chord without any time";
}

}  // namespace
}  // namespace pno::corpus
