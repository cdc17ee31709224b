#include "eval/real_excerpts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "eval/feature_test_music.h"
#include "eval/judgement.h"

namespace pno::eval {
namespace {

using testing::HasSubstr;

// Twelve validation performances, two of each of six works, of 40 s each.
class RealExcerpts : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<corpus::Piece> pieces;
    for (int i = 0; i < 12; ++i) {
      corpus::Piece piece;
      piece.info.title = fmt::format("work {}", i / 2);
      piece.info.split = corpus::Split::validation;
      for (int note = 0; note < 160; ++note) {
        piece.notes.push_back({.start_us = note * 250'000,
                               .length_us = 250'000,
                               .pitch = static_cast<std::uint8_t>(40 + (note * (i + 3)) % 40),
                               .velocity = 64});
      }
      piece.info.hash = corpus::content_hash(piece.notes);
      pieces.push_back(std::move(piece));
    }
    path_ = testing::TempDir() + "real_excerpts_test.notes";
    ASSERT_TRUE(corpus::write_dataset(path_, pieces).has_value());
  }
  void TearDown() override { std::filesystem::remove(path_); }

  corpus::Dataset dataset() const {
    auto opened = corpus::Dataset::open(path_);
    EXPECT_TRUE(opened.has_value());
    return std::move(*opened);
  }

 private:
  std::filesystem::path path_;
};

TEST_F(RealExcerpts, SetsShareNoWorkAndNoExcerptIsTakenTwice) {
  const auto data = dataset();
  const auto sets = choose_real_excerpts(data, {.seconds = 10, .count = 15});
  ASSERT_TRUE(sets.has_value());
  EXPECT_EQ(sets->reference.size(), 15U);
  EXPECT_EQ(sets->real.size(), 15U);
  std::set<std::string> reference_works, real_works;
  std::set<std::pair<std::size_t, std::int64_t>> taken;
  for (const auto* set : {&sets->reference, &sets->real}) {
    auto& works = set == &sets->reference ? reference_works : real_works;
    for (const auto& each : *set) {
      works.insert(data.info(each.piece).title);
      EXPECT_TRUE(taken.insert({each.piece, each.from_us}).second);
      EXPECT_EQ(each.excerpt.length_us, 10'000'000);
      EXPECT_LT(each.work, 3U);
    }
  }
  EXPECT_EQ(reference_works.size(), 3U);
  for (const auto& work : real_works) EXPECT_EQ(reference_works.count(work), 0U);
}

TEST_F(RealExcerpts, FewerAreTakenThanAskedIfThereAreNoMore) {
  const auto sets = choose_real_excerpts(dataset(), {.seconds = 10, .count = 1000});
  ASSERT_TRUE(sets.has_value());
  EXPECT_EQ(sets->reference.size(), 6U * 4) << "six pieces of four excerpts";
}

TEST_F(RealExcerpts, TheSeedChooses) {
  const auto data = dataset();
  const auto starts = [&](std::uint64_t seed) {
    std::vector<std::pair<std::size_t, std::int64_t>> list;
    const auto sets = choose_real_excerpts(data, {.seconds = 10, .count = 8, .seed = seed});
    for (const auto& each : sets->reference) list.emplace_back(each.piece, each.from_us);
    return list;
  };
  EXPECT_EQ(starts(1), starts(1));
  EXPECT_NE(starts(1), starts(2));
}

TEST_F(RealExcerpts, TooLittleMusicIsAnError) {
  for (const auto& choice : {RealChoice{.split = corpus::Split::test},
                             RealChoice{.split = corpus::Split::validation, .seconds = 100}}) {
    const auto sets = choose_real_excerpts(dataset(), choice);
    ASSERT_FALSE(sets.has_value());
    EXPECT_THAT(sets.error().message, HasSubstr("too little music"));
  }
}

TEST_F(RealExcerpts, OneSampleCannotBeJudged) {
  const auto sets = choose_real_excerpts(dataset(), {.seconds = 10});
  ASSERT_TRUE(sets.has_value());
  const std::vector<Excerpt> one = {excerpt(melody({60, 62}), 1)};
  const auto judgement = judge(one, *sets, {.resamples = 0});
  ASSERT_FALSE(judgement.has_value());
  EXPECT_THAT(judgement.error().message, HasSubstr("1 piece is too little music"));
}

TEST_F(RealExcerpts, AJudgementHasBothRows) {
  const auto sets = choose_real_excerpts(dataset(), {.seconds = 10});
  ASSERT_TRUE(sets.has_value());
  std::vector<Excerpt> samples;
  for (const auto& each : sets->real) samples.push_back(each.excerpt);
  const auto judgement = judge(samples, *sets, {.resamples = 10});
  ASSERT_TRUE(judgement.has_value());
  EXPECT_DOUBLE_EQ(judgement->samples.overlap.value, judgement->real.overlap.value)
      << "the samples are the real ones";
  const auto& density = judgement->reference_means[static_cast<std::size_t>(Feature::density)];
  EXPECT_DOUBLE_EQ(density.value, 4);
}

}  // namespace
}  // namespace pno::eval
