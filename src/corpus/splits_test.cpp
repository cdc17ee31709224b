#include "corpus/splits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace pno::corpus {
namespace {

using testing::ElementsAre;

constexpr SplitPercents kPercents = {90, 5, 5};

TEST(PieceKey, IsTheSameForWaysOfWriting) {
  EXPECT_EQ(piece_key("Frédéric Chopin", "Etude Op. 10, No. 4"),
            piece_key("frédéric  CHOPIN", "etude op 10 no 4."));
  EXPECT_NE(piece_key("Bach", "Prelude 1"), piece_key("Bach", "Prelude 11"));
  EXPECT_NE(piece_key("Bach", "Prelude"), piece_key("Chopin", "Prelude"));
  EXPECT_NE(piece_key("a b", "c"), piece_key("a", "b c"));
}

TEST(PieceKey, IsEmptyWithoutATitle) {
  EXPECT_EQ(piece_key("Bach", ""), "");
  EXPECT_EQ(piece_key("Bach", " - "), "");
}

TEST(SplitByHash, HasTheSharesAskedFor) {
  constexpr int kDraws = 100'000;
  RandomStream random(1, 2);
  std::array<int, kSplits> counts{};
  for (int i = 0; i < kDraws; ++i) {
    ++counts[static_cast<std::size_t>(split_by_hash(random.bits(), {80, 15, 5}))];
  }
  // Five standard deviations of the widest share.
  constexpr double kSlack = 5 * 0.4 / 316;
  EXPECT_NEAR(counts[0] / double{kDraws}, 0.80, kSlack);
  EXPECT_NEAR(counts[1] / double{kDraws}, 0.15, kSlack);
  EXPECT_NEAR(counts[2] / double{kDraws}, 0.05, kSlack);
}

TEST(SplitByHash, GivesAllToASplitOfAHundredPercent) {
  for (const std::uint64_t hash : {std::uint64_t{0}, UINT64_MAX}) {
    EXPECT_EQ(split_by_hash(hash, {100, 0, 0}), Split::train);
    EXPECT_EQ(split_by_hash(hash, {0, 100, 0}), Split::validation);
    EXPECT_EQ(split_by_hash(hash, {0, 0, 100}), Split::test);
  }
}

TEST(ChooseSplits, FollowsTheTable) {
  const SplitQuestion questions[] = {{.content = 1, .key = "a", .listed = Split::test},
                                     {.content = 2, .key = "", .listed = Split::validation}};
  EXPECT_THAT(choose_splits(questions, kPercents), ElementsAre(Split::test, Split::validation));
}

TEST(ChooseSplits, KeepsWhatTheTableListsEvenForOneTitleInTwoSplits) {
  const SplitQuestion questions[] = {{.content = 1, .key = "a", .listed = Split::train},
                                     {.content = 2, .key = "a", .listed = Split::validation},
                                     {.content = 3, .key = "a", .listed = Split::train}};
  EXPECT_THAT(choose_splits(questions, kPercents),
              ElementsAre(Split::train, Split::validation, Split::train));
}

TEST(ChooseSplits, OnePieceIsNeverInBothSplitsUnlessATableSaysSo) {
  const SplitQuestion questions[] = {{.content = 1, .key = "a", .listed = Split::validation},
                                     {.content = 2, .key = "a", .listed = {}},
                                     {.content = 3, .key = "a", .listed = Split::train},
                                     {.content = 4, .key = "a", .listed = {}}};
  EXPECT_THAT(choose_splits(questions, kPercents),
              ElementsAre(Split::validation, Split::validation, Split::train, Split::validation))
      << "the most withheld wins";
}

TEST(ChooseSplits, KeepsAPieceWithoutAListedSplitTogether) {
  for (int piece = 0; piece < 200; ++piece) {
    std::vector<SplitQuestion> questions;
    for (std::uint64_t take = 0; take < 4; ++take) {
      questions.push_back(
          {.content = take << 62, .key = fmt::format("bach|{}", piece), .listed = {}});
    }
    const auto splits = choose_splits(questions, {34, 33, 33});
    EXPECT_THAT(splits, testing::Each(splits[0]));
  }
}

TEST(ChooseSplits, NeverMovesWhatADatasetHasSettled) {
  const SplitQuestion questions[] = {
      {.content = 1, .key = "a", .listed = Split::train, .settled = true},
      {.content = 2, .key = "a", .listed = {}},
      {.content = 3, .key = "a", .listed = Split::test}};
  EXPECT_THAT(choose_splits(questions, kPercents),
              ElementsAre(Split::train, Split::train, Split::test));
}

TEST(ChooseSplits, DoesNotDependOnTheOrder) {
  RandomStream random(3, 4);
  std::vector<SplitQuestion> questions;
  for (int i = 0; i < 300; ++i) {
    SplitQuestion question{.content = random.bits(), .key = "", .listed = {}};
    if (i % 3 != 0) question.key = fmt::format("key {}", random.below(40));
    if (i % 5 == 0) question.listed = static_cast<Split>(random.below(3));
    questions.push_back(question);
  }
  auto splits = choose_splits(questions, kPercents);
  std::reverse(questions.begin(), questions.end());
  std::reverse(splits.begin(), splits.end());
  EXPECT_EQ(choose_splits(questions, kPercents), splits);
}

TEST(FindConflicts, FindsTitlesInTwoSplits) {
  const SplitQuestion questions[] = {
      {.content = 1, .key = "b", .listed = {}}, {.content = 2, .key = "", .listed = {}},
      {.content = 3, .key = "a", .listed = {}}, {.content = 4, .key = "b", .listed = {}},
      {.content = 5, .key = "", .listed = {}},  {.content = 6, .key = "a", .listed = {}},
      {.content = 7, .key = "b", .listed = {}}};
  const Split splits[] = {Split::train, Split::train, Split::test, Split::validation,
                          Split::test,  Split::test,  Split::train};
  const auto conflicts = find_conflicts(questions, splits);
  ASSERT_EQ(conflicts.size(), 1U);
  EXPECT_EQ(conflicts[0].first, 0U);
  EXPECT_THAT(conflicts[0].pieces, ElementsAre(2, 1, 0));
}

}  // namespace
}  // namespace pno::corpus
