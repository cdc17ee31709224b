#include "corpus/matching/music_links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace pno::corpus {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr SplitPercents kPercents = {34, 33, 33};

TEST(Groups, JoinAllThatIsLinked) {
  Groups groups(6);
  groups.join(4, 2);
  groups.join(5, 4);
  groups.join(1, 1);
  EXPECT_EQ(groups.first_of(5), 2U);
  EXPECT_EQ(groups.first_of(2), 2U);
  EXPECT_EQ(groups.first_of(1), 1U);
  groups.join(0, 5);
  EXPECT_EQ(groups.first_of(4), 0U);
  EXPECT_EQ(groups.first_of(3), 3U);
}

TEST(JoinKeys, KeepsMatchingMusicInOneSplit) {
  for (std::uint64_t piece = 0; piece < 100; ++piece) {
    // Three performances under no title, another title and a third one.
    SplitQuestion questions[] = {
        {.content = piece << 55, .key = "", .listed = {}},
        {.content = ~piece, .key = fmt::format("a {}", piece), .listed = {}},
        {.content = piece * 77, .key = fmt::format("b {}", piece), .listed = {}}};
    Groups groups(3);
    groups.join(0, 1);
    groups.join(1, 2);
    join_keys(questions, groups);
    const auto splits = choose_splits(questions, kPercents);
    EXPECT_THAT(splits, testing::Each(splits[0]));
  }
}

TEST(JoinKeys, FollowsTheSplitThatATableLists) {
  SplitQuestion questions[] = {{.content = 1, .key = "", .listed = {}},
                               {.content = 2, .key = "air", .listed = Split::test},
                               {.content = 3, .key = "air", .listed = {}}};
  Groups groups(3);
  groups.join(0, 1);
  join_keys(questions, groups);
  EXPECT_THAT(choose_splits(questions, kPercents),
              ElementsAre(Split::test, Split::test, Split::test));
}

TEST(JoinKeys, LeavesAPieceThatIsAlone) {
  SplitQuestion questions[] = {{.content = 1, .key = "", .listed = {}},
                               {.content = 2, .key = "air", .listed = {}}};
  Groups groups(2);
  join_keys(questions, groups);
  EXPECT_EQ(questions[0].key, "");
  EXPECT_EQ(questions[1].key, "air");
}

TEST(JoinKeys, DoesNotDependOnTheOrder) {
  std::vector<SplitQuestion> questions;
  for (std::uint64_t i = 0; i < 6; ++i) {
    questions.push_back({.content = (i + 3) * 0x123456789abcdef, .key = "", .listed = {}});
  }
  auto reversed = questions;
  std::reverse(reversed.begin(), reversed.end());
  Groups groups(6), mirrored(6);
  groups.join(0, 3);
  groups.join(3, 4);
  mirrored.join(5, 2);
  mirrored.join(2, 1);
  join_keys(questions, groups);
  join_keys(reversed, mirrored);
  auto splits = choose_splits(reversed, kPercents);
  std::reverse(splits.begin(), splits.end());
  EXPECT_EQ(choose_splits(questions, kPercents), splits);
}

using Left = std::pair<std::size_t, std::size_t>;  // left out, kept

std::vector<Left> left_of(const std::vector<CopyChoice>& pieces,
                          const std::vector<MusicMatch>& copies) {
  std::vector<Left> left;
  for (const auto& copy : choose_copies(pieces, copies)) left.emplace_back(copy.piece, copy.kept);
  return left;
}

const std::vector<MusicMatch> kOnePair = {{.a = 0, .b = 1, .share = 0.95}};

TEST(ChooseCopies, KeepsTheOneThatIsEvaluatedOn) {
  EXPECT_THAT(left_of({{.split = Split::train, .table = 0, .source = 0},
                       {.split = Split::test, .table = 1, .source = 1}},
                      kOnePair),
              ElementsAre(Left(0, 1)));
}

TEST(ChooseCopies, KeepsTheOneOfTheFirstSource) {
  EXPECT_THAT(left_of({{.source = 1}, {.source = 0}}, kOnePair), ElementsAre(Left(0, 1)));
  EXPECT_THAT(left_of({{.source = 1}, {.source = 1}}, kOnePair), ElementsAre(Left(1, 0)));
}

TEST(ChooseCopies, LeavesOutNothingOfOneTable) {
  EXPECT_THAT(left_of({{.table = 2}, {.table = 2}}, kOnePair), IsEmpty());
  EXPECT_THAT(left_of({{.table = 2}, {.table = 3}}, kOnePair), ElementsAre(Left(1, 0)));
}

TEST(ChooseCopies, NeverLeavesOutWhatIsSettled) {
  EXPECT_THAT(left_of({{.split = Split::test}, {.is_settled = true}}, kOnePair),
              ElementsAre(Left(0, 1)));
  EXPECT_THAT(left_of({{.is_settled = true}, {.is_settled = true}}, kOnePair), IsEmpty());
}

TEST(ChooseCopies, KeepsACopyOfACopyThatIsLeftOut) {
  // 0 and 1 are copies, 1 and 2 are; 0 and 2 are not.
  EXPECT_THAT(left_of({{}, {}, {}}, {{.a = 0, .b = 1, .share = 1}, {.a = 1, .b = 2, .share = 1}}),
              ElementsAre(Left(1, 0)));
}

TEST(LinkMusic, FindsGroupsAndCopies) {
  RandomStream random(1, 0);
  std::vector<std::int64_t> times, slower;
  std::vector<std::uint8_t> pitches, others;
  for (int i = 0; i < 300; ++i) {
    times.push_back(i * 100'000 + static_cast<std::int64_t>(random.below(30'000)));
    slower.push_back(times.back() * 11 / 10);
    pitches.push_back(static_cast<std::uint8_t>(21 + random.below(88)));
    others.push_back(static_cast<std::uint8_t>(21 + random.below(88)));
  }
  const MusicList list = {{.number = 0, .onsets = {times, pitches}},
                          {.number = 1, .onsets = {times, others}},
                          {.number = 2, .onsets = {slower, pitches}},
                          {.number = 3, .onsets = {times, pitches}}};
  auto links = link_music(list, 1);
  ASSERT_TRUE(links.has_value());
  EXPECT_EQ(links->same_music.first_of(2), 0U);
  EXPECT_EQ(links->same_music.first_of(3), 0U);
  EXPECT_EQ(links->same_music.first_of(1), 1U);
  ASSERT_EQ(links->copies.size(), 1U);
  EXPECT_EQ(links->copies[0].a, 0U);
  EXPECT_EQ(links->copies[0].b, 3U);
}

}  // namespace
}  // namespace pno::corpus
