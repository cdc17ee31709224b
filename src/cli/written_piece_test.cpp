#include "cli/written_piece.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "events/text.h"
#include "midi/smf_reader.h"
#include "midi/smf_writer.h"

namespace pno::cli {
namespace {

using events::kPerformance;

// A prime of 0.5 s of silence and four notes of 0.5 s at every half second; the last two notes are
// held for 4 s. Six steps of music follow.
class WrittenPieceTest : public testing::Test {
 protected:
  void SetUp() override {
    midi::Performance performance;
    for (std::uint8_t i = 0; i < 4; ++i) {
      const std::uint32_t length_us = i < 2 ? 500'000 : 4'000'000;
      performance.notes.push_back({.start_us = (1 + i) * std::int64_t{500'000},
                                   .length_us = length_us,
                                   .key_length_us = length_us,
                                   .pitch = static_cast<std::uint8_t>(60 + i),
                                   .velocity = 64});
    }
    ASSERT_TRUE(replace_file(file_, midi::write_smf(performance, {.title = "mine"})));
    const auto prime = read_prime({.file = file_, .seconds = 2}, kPerformance);
    ASSERT_TRUE(prime.has_value());
    prime_ = *prime;
    tokens_ = prime_.tokens;
    // 62 ends 0.3 s after the last event of the prime, 63 with the new note.
    const auto music = events::from_text(
        "TIME_SHIFT 30\nNOTE_OFF 62\nNOTE_ON 80\nTIME_SHIFT 60\nNOTE_OFF 63\nNOTE_OFF 80\n",
        kPerformance);
    tokens_.insert(tokens_.end(), music->begin(), music->end());
  }
  void TearDown() override { std::filesystem::remove(file_); }

  PieceToWrite piece() const {
    return {.tokens = tokens_, .vocabulary = &kPerformance, .prime = &prime_, .title = "new"};
  }

  static midi::Performance read(const WrittenPiece& written) {
    return midi::read_smf(written.bytes).value().performance;
  }

  std::filesystem::path file_ = std::filesystem::temp_directory_path() /
                                ("pno-written-test-" + std::to_string(::getpid()) + ".mid");
  Prime prime_;
  std::vector<events::Token> tokens_;
};

TEST_F(WrittenPieceTest, ContinuesTheFileOfThePrime) {
  const auto written = write_piece(piece());
  EXPECT_EQ(written.problem, "");
  EXPECT_EQ(written.notes, 1U);
  EXPECT_NEAR(written.music_seconds, 0.9, 1e-6);
  const auto performance = read(written);
  EXPECT_EQ(performance.track_names, (std::vector<std::string>{"mine", "new"}));
  ASSERT_EQ(performance.notes.size(), 5U);
  EXPECT_EQ(performance.notes[0].start_us, 500'000) << "the silence stays";
  const auto new_start_us = static_cast<std::int64_t>(written.offset_seconds * 1e6) + 300'000;
  EXPECT_EQ(performance.notes[4].pitch, 80);
  EXPECT_EQ(performance.notes[4].start_us, new_start_us);
  EXPECT_EQ(performance.notes[4].channel, 1);
  EXPECT_EQ(performance.notes[2].end_us(), new_start_us) << "62 ends where the model ends it";
  EXPECT_EQ(performance.notes[3].end_us(), new_start_us + 600'000);
}

TEST_F(WrittenPieceTest, WithoutThePrimeBeginsAtZero) {
  auto alone = piece();
  alone.without_prime = true;
  const auto written = write_piece(alone);
  const auto performance = read(written);
  ASSERT_EQ(performance.notes.size(), 1U);
  EXPECT_EQ(performance.notes[0].start_us, 300'000);
  EXPECT_GT(written.offset_seconds, 1.9);
}

TEST_F(WrittenPieceTest, ANoteStruckInTheLastStepOfThePrimeIsNew) {
  auto with_chord = tokens_;
  with_chord.insert(with_chord.begin() + std::ssize(prime_.tokens), kPerformance.note_on(90));
  auto alone = piece();
  alone.tokens = with_chord;
  alone.without_prime = true;
  const auto written = write_piece(alone);
  EXPECT_EQ(written.notes, 2U);
  EXPECT_EQ(read(written).notes[0].start_us, 0);
}

TEST_F(WrittenPieceTest, TransposesAndScalesPrimeAndMusic) {
  auto arranged = piece();
  arranged.arrange = {.transpose = -12, .tempo_scale = 2};
  const auto written = write_piece(arranged);
  EXPECT_NEAR(written.music_seconds, 0.45, 1e-6);
  const auto performance = read(written);
  ASSERT_EQ(performance.notes.size(), 5U);
  EXPECT_EQ(performance.notes[0].start_us, 250'000);
  EXPECT_EQ(performance.notes[0].pitch, 48);
  EXPECT_EQ(performance.notes[4].pitch, 68);
}

TEST_F(WrittenPieceTest, APedalSoundsTheSame) {
  const auto tokens = events::from_text(
      "VELOCITY 9\nNOTE_ON 40\nNOTE_ON 47\nTIME_SHIFT 20\nNOTE_ON 52\nTIME_SHIFT 100\n"
      "NOTE_OFF 40\nNOTE_OFF 47\nNOTE_OFF 52\n",
      kPerformance);
  PieceToWrite plain{.tokens = *tokens, .vocabulary = &kPerformance};
  auto pedalled = plain;
  pedalled.pedal = true;
  const auto a = read(write_piece(plain)), b = read(write_piece(pedalled));
  EXPECT_TRUE(a.pedals.empty());
  ASSERT_EQ(b.pedals.size(), 1U);
  ASSERT_EQ(a.notes.size(), b.notes.size());
  for (std::size_t i = 0; i < a.notes.size(); ++i) {
    EXPECT_EQ(a.notes[i].length_us, b.notes[i].length_us);
    EXPECT_GT(a.notes[i].key_length_us, b.notes[i].key_length_us);
  }
}

}  // namespace
}  // namespace pno::cli
