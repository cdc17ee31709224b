#include "cli/prime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

#include "base/file.h"
#include "events/text.h"
#include "midi/smf_reader.h"
#include "midi/smf_writer.h"

namespace pno::cli {
namespace {

using testing::HasSubstr;

class PrimeTest : public testing::Test {
 protected:
  // Two seconds of silence, then a note of 0.5 s at every second, pitches from 60 up; the last,
  // 63, is held for two seconds.
  void SetUp() override {
    midi::Performance performance;
    for (std::uint8_t i = 0; i < 4; ++i) {
      const std::uint32_t length_us = i < 3 ? 500'000 : 2'000'000;
      performance.notes.push_back({.start_us = (2 + i) * std::int64_t{1'000'000},
                                   .length_us = length_us,
                                   .key_length_us = length_us,
                                   .pitch = static_cast<std::uint8_t>(60 + i),
                                   .velocity = 64});
    }
    ASSERT_TRUE(replace_file(options_.file, midi::write_smf(performance)));
  }
  void TearDown() override { std::filesystem::remove(options_.file); }

  std::string prime() const {
    const auto tokens = read_prime(options_, events::kPerformance);
    if (!tokens) return tokens.error().message;
    return events::to_text(tokens->tokens, events::kPerformance);
  }

  PrimeOptions options_{.file = std::filesystem::temp_directory_path() /
                                ("pno-prime-test-" + std::to_string(::getpid()) + ".mid")};
};

TEST_F(PrimeTest, BeginsWithItsFirstNoteAndHasNoEnd) {
  EXPECT_THAT(prime(), testing::StartsWith("BOS\nVELOCITY 15\nNOTE_ON 60\nTIME_SHIFT 50\n"));
  EXPECT_THAT(prime(), testing::EndsWith("NOTE_OFF 63\n"));
}

TEST_F(PrimeTest, SaysThatLongSilenceBeforeItsFirstNoteIsLeftOut) {
  testing::internal::CaptureStderr();
  prime();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "two seconds are usual";
  auto late = midi::read_smf(MappedFile::open(options_.file)->bytes())->performance;
  for (auto& note : late.notes) note.start_us += 60'000'000;
  ASSERT_TRUE(replace_file(options_.file, midi::write_smf(late)));
  testing::internal::CaptureStderr();
  EXPECT_THAT(prime(), testing::StartsWith("BOS\nVELOCITY 15\nNOTE_ON 60\n"));
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("does not read the 62.0 s of silence before the first note"));
}

TEST_F(PrimeTest, EndsBeforeTheSilenceThatCrossesItsLastSecond) {
  options_.seconds = 1.2;
  EXPECT_THAT(prime(), testing::EndsWith("NOTE_ON 61\n"));  // at 1.0 s; 0.5 s to the next event
  options_.seconds = 1.5;
  EXPECT_THAT(prime(), testing::EndsWith("NOTE_OFF 61\n"));
}

TEST_F(PrimeTest, KeepsTheNotesThatAreHeldAtItsEnd) {
  options_.seconds = 3;
  EXPECT_THAT(prime(), testing::EndsWith("NOTE_ON 63\n"));
}

TEST_F(PrimeTest, BeginsWhereItIsTold) {
  options_.from_s = 3.5;
  EXPECT_THAT(prime(), testing::StartsWith("VELOCITY 15\nNOTE_ON 62\n"));
}

TEST_F(PrimeTest, ShorterThanAskedForIsAllOfItAndTheUserTold) {
  options_.seconds = 60;
  testing::internal::CaptureStderr();
  EXPECT_THAT(prime(), testing::EndsWith("NOTE_OFF 63\n"));
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("has 5.0 s from its first note on, not 60; the prime is all of it"));
}

TEST_F(PrimeTest, SaysWhereItHasNoNotes) {
  options_.from_s = 60;
  EXPECT_THAT(prime(), HasSubstr("no note begins after 60 s; the file is 7.0 s long"));
}

}  // namespace
}  // namespace pno::cli
