#include "train/ranks/rank_meeting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>

#include "base/interrupt.h"
#include "train/ranks/memory_board.h"

namespace pno::train {
namespace {

using testing::HasSubstr;

const std::function<void(const std::string&)> kNobody;

RankOptions rank_of(int rank, int size, double join_s = 20) {
  return {.place = {.rank = rank, .size = size, .address = "node1", .port = 7}, .join_s = join_s};
}

TEST(RankMeeting, AllLearnOfAllInTheirOrder) {
  MemoryBoard board;
  std::vector<std::vector<RankMember>> seen(3);
  std::vector<std::thread> ranks;
  for (int rank = 0; rank < 3; ++rank) {
    ranks.emplace_back([&, rank] {
      const auto options = rank_of(rank, 3);
      seen[static_cast<std::size_t>(rank)] = *RankMeeting(options, kNobody).meet(board);
    });
  }
  for (auto& thread : ranks) thread.join();
  for (const auto& members : seen) {
    ASSERT_EQ(members.size(), 3U);
    EXPECT_EQ(members[0].host, members[2].host);
    EXPECT_EQ(members[1].process, std::to_string(::getpid()));
    EXPECT_THAT(members[1].cores, testing::EndsWith(","));
  }
}

TEST(RankMeeting, WhoDoesNotComeIsNamed) {
  MemoryBoard board;
  const auto other = rank_of(2, 4, 0), first = rank_of(0, 4, 0.1);
  EXPECT_FALSE(RankMeeting(other, kNobody).meet(board));
  const auto met = RankMeeting(first, kNobody).meet(board);
  ASSERT_FALSE(met);
  EXPECT_THAT(met.error().message, HasSubstr("of 4 ranks, rank 1, 3 did not come to node1:7"));
}

TEST(RankMeeting, WhoCameAndIsGoneIsNamedByAll) {
  MemoryBoard board;
  auto gone = rank_of(1, 4, 0), first = rank_of(0, 4), other = rank_of(2, 4);
  first.timeout_s = other.timeout_s = 0.3;
  EXPECT_FALSE(RankMeeting(gone, kNobody).meet(board));
  Expected<std::vector<RankMember>> at_other;
  std::thread rank([&] { at_other = RankMeeting(other, kNobody).meet(board); });
  const auto at_first = RankMeeting(first, kNobody).meet(board);
  rank.join();
  ASSERT_FALSE(at_first || at_other);
  const auto words =
      fmt::format("process {}) came to node1:7, and was gone before all of 4 ranks", ::getpid());
  EXPECT_THAT(at_first.error().message, testing::StartsWith("rank 1 ("));
  EXPECT_THAT(at_first.error().message, HasSubstr(words));
  EXPECT_EQ(at_other.error().message, at_first.error().message);
}

TEST(RankMeeting, WhoComesLateIsWelcome) {
  using namespace std::chrono_literals;
  MemoryBoard board;
  std::vector<std::thread> ranks;
  std::vector<Expected<std::vector<RankMember>>> met(3);
  for (int rank = 0; rank < 3; ++rank) {
    ranks.emplace_back([&, rank] {
      auto options = rank_of(rank, 3);
      options.timeout_s = 0.3;
      std::this_thread::sleep_for(rank * 500ms);
      met[static_cast<std::size_t>(rank)] = RankMeeting(options, kNobody).meet(board);
    });
  }
  for (auto& rank : ranks) rank.join();
  for (const auto& members : met) EXPECT_TRUE(members) << members.error().message;
}

TEST(RankMeeting, TwoOfOneNumberAreAnError) {
  MemoryBoard board;
  const auto options = rank_of(1, 2, 0);
  EXPECT_FALSE(RankMeeting(options, kNobody).meet(board));
  const auto second = RankMeeting(options, kNobody).meet(board);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("say that they are rank 1 of 2"));
}

TEST(RankMeeting, OnlyWhoKeepsTheBoardFailsAtOnce) {
  int attempts = 0;
  const auto never = [&](bool) -> std::shared_ptr<RankBoard> {
    ++attempts;
    throw std::runtime_error("Address already in use\nand its stack");
  };
  const auto first = rank_of(0, 2), second = rank_of(1, 2, 0.3);
  const auto kept = RankMeeting(first, kNobody).find_board(never);
  ASSERT_FALSE(kept);
  EXPECT_EQ(attempts, 1);
  EXPECT_THAT(kept.error().message, HasSubstr("port 7 of this machine cannot be opened"));
  EXPECT_THAT(kept.error().message, HasSubstr("(Address already in use); set the variable"));
  const auto sought = RankMeeting(second, kNobody).find_board(never);
  ASSERT_FALSE(sought);
  EXPECT_GT(attempts, 2);
  EXPECT_THAT(sought.error().message, HasSubstr("rank 1 of 2 found no rank 0 at node1:7"));
}

TEST(RankMeeting, WaitingIsSaidOnceAndInterruptible) {
  MemoryBoard board;
  const auto options = rank_of(0, 2);
  std::vector<std::string> said;
  const std::function<void(const std::string&)> say = [&](const std::string& sentence) {
    said.push_back(sentence);
    set_interrupted(true);
  };
  const auto met = RankMeeting(options, say).meet(board);
  set_interrupted(false);
  ASSERT_FALSE(met);
  EXPECT_EQ(met.error().kind, Error::Kind::interrupted);
  EXPECT_THAT(said, testing::ElementsAre(HasSubstr("of 2 ranks, rank 1 is awaited at node1:7")));
}

}  // namespace
}  // namespace pno::train
