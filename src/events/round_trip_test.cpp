// decode(encode(p)) is p within half a step and half a velocity bin: for random notes, and for
// every performance of the corpora in the folder PNO_REAL_MUSIC.

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <map>

#include "events/decode.h"
#include "events/encode.h"
#include "events/random_music.h"
#include "events/real_music.h"

namespace pno::events {
namespace {

// Half a step and half a bin, for every note that keeps a step of its own: notes of one pitch that
// begin in one step are one, and a note shorter than a step ends up to a step late.
void expect_close(const std::vector<PlainNote>& notes, const Vocabulary& v) {
  const auto decoded = decode(encode(notes, v), v);
  EXPECT_EQ(decoded.mended.total(), 0);
  std::map<int, std::vector<PlainNote>> played, heard;
  const double half_step_us = v.step_us() / 2 + 0.5;  // decoded times are whole microseconds
  const auto step_of = [&](std::int64_t us) {
    return std::floor(static_cast<double>(us) * v.steps_per_second / 1e6 + 0.5);
  };
  for (const auto& note : notes) {
    auto& line = played[note.pitch];
    if (!line.empty() && step_of(line.back().start_us) == step_of(note.start_us)) {
      auto& one = line.back();
      one.length_us = static_cast<std::uint32_t>(note.start_us + note.length_us - one.start_us);
      one.velocity = std::max(one.velocity, note.velocity);
    } else {
      line.push_back(note);
    }
  }
  for (const auto& note : plain_notes(decoded.performance)) heard[note.pitch].push_back(note);
  ASSERT_EQ(played.size(), heard.size());
  for (const auto& [pitch, line] : played) {
    ASSERT_EQ(line.size(), heard[pitch].size());
    for (std::size_t i = 0; i < line.size(); ++i) {
      const auto &a = line[i], &b = heard[pitch][i];
      const auto end_a = a.start_us + a.length_us, end_b = b.start_us + b.length_us;
      const bool within_a_step = step_of(a.start_us) == step_of(end_a);
      ASSERT_LE(std::abs(static_cast<double>(a.start_us - b.start_us)), half_step_us);
      ASSERT_LE(std::abs(static_cast<double>(end_a - end_b)),
                within_a_step ? 3 * half_step_us : half_step_us);
      ASSERT_LE(std::abs(a.velocity - b.velocity), 64.0 / v.velocity_bins + 0.5);
    }
  }
}

TEST(RoundTrip, RandomNotesComeBackWithinHalfAStepAndHalfABin) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    for (const Vocabulary& v :
         {kPerformance, kPnoAi, Vocabulary{333, 7, 100}, Vocabulary{1000, 10000, 127}}) {
      expect_close(random_notes(seed, 300), v);
    }
  }
}

void expect_round_trip(const char* zip) {
  const auto pieces = real_music(std::filesystem::path(PNO_REAL_MUSIC) / zip);
  if (pieces.empty()) GTEST_SKIP() << "no " << zip << " in " << PNO_REAL_MUSIC;
  std::size_t notes = 0;
  for (const auto& piece : pieces) {
    SCOPED_TRACE(piece.file);
    notes += piece.notes.size();
    for (const Vocabulary& v : {kPerformance, kPnoAi}) {
      expect_close(piece.notes, v);
      const auto tokens = encode(piece.notes, v);
      ASSERT_EQ(encode(plain_notes(decode(tokens, v).performance), v), tokens);
    }
  }
  testing::Test::RecordProperty("pieces", static_cast<int>(pieces.size()));
  testing::Test::RecordProperty("notes", static_cast<int>(notes));
}

class RoundTripRealMusic : public testing::TestWithParam<const char*> {};
TEST_P(RoundTripRealMusic, ComesBackWithinHalfAStepAndHalfABin) {
  expect_round_trip(GetParam());
}
INSTANTIATE_TEST_SUITE_P(Zips, RoundTripRealMusic, testing::Values("asap-midi.zip", "pop909.zip"));

class SlowRoundTrip : public testing::TestWithParam<const char*> {};
TEST_P(SlowRoundTrip, RealMusicComesBackWithinHalfAStepAndHalfABin) {
  expect_round_trip(GetParam());
}
INSTANTIATE_TEST_SUITE_P(SlowZips, SlowRoundTrip,
                         testing::Values("maestro-trainval.zip", "atepp.zip", "welte-rolls.zip",
                                         "emopia.zip"));

}  // namespace
}  // namespace pno::events
