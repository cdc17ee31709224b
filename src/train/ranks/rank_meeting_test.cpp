// Ranks as threads of this process, with a store in memory.

#include "train/ranks/rank_meeting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <thread>

#include "base/interrupt.h"

namespace pno::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class MapStore : public RankStore {
 public:
  void set(const std::string& key, const std::string& text) override {
    const std::lock_guard lock(mutex_);
    texts_[key] = text;
  }
  std::optional<std::string> get(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    const auto found = texts_.find(key);
    return found == texts_.end() ? std::nullopt : std::optional(found->second);
  }
  std::int64_t add(const std::string& key, std::int64_t number) override {
    const std::lock_guard lock(mutex_);
    return counters_[key] += number;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> texts_;
  std::map<std::string, std::int64_t> counters_;
};

RankPlace place_of(int rank, int size) {
  return {.rank = rank, .size = size, .address = "node1", .port = 7};
}

TEST(RankMeeting, EveryRankReadsTheTextsOfAllInOrder) {
  MapStore store;
  std::vector<std::vector<std::string>> read(3);
  std::vector<std::thread> ranks;
  for (int rank = 0; rank < 3; ++rank) {
    ranks.emplace_back([&, rank] {
      const auto place = place_of(rank, 3);
      std::this_thread::sleep_for(std::chrono::milliseconds(30 * rank));
      const auto text = "rank\n" + std::to_string(rank);
      const auto texts = meet(store, {.place = place, .name = "join", .timeout_s = 20}, text);
      ASSERT_TRUE(texts) << texts.error().message;
      read[static_cast<std::size_t>(rank)] = *texts;
    });
  }
  for (auto& thread : ranks) thread.join();
  for (const auto& texts : read) EXPECT_THAT(texts, ElementsAre("rank\n0", "rank\n1", "rank\n2"));
}

TEST(RankMeeting, MissingRanksAreCounted) {
  MapStore store;
  const auto third = place_of(2, 4), first = place_of(0, 4);
  EXPECT_FALSE(meet(store, {.place = third, .name = "join", .timeout_s = 0}, ""));
  const auto met = meet(store, {.place = first, .name = "join", .timeout_s = 0.1}, "");
  ASSERT_FALSE(met);
  EXPECT_THAT(met.error().message,
              HasSubstr("of 4 ranks, 2 (rank 1, 3) did not come to node1:7 within 0 s"));
}

TEST(RankMeeting, TwoProcessesOfOneRankAreAnError) {
  MapStore store;
  const auto place = place_of(1, 2);
  EXPECT_FALSE(meet(store, {.place = place, .name = "join", .timeout_s = 0}, ""));
  const auto second = meet(store, {.place = place, .name = "join", .timeout_s = 0}, "");
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("two processes at node1:7 are rank 1 of 2"));
}

TEST(RankMeeting, WaitingIsReportedOnceAndInterruptible) {
  MapStore store;
  const auto place = place_of(0, 2);
  std::vector<std::string> said;
  const auto met = meet(store,
                        {.place = place,
                         .name = "join",
                         .say =
                             [&](const std::string& sentence) {
                               said.push_back(sentence);
                               set_interrupted(true);
                             }},
                        "");
  set_interrupted(false);
  ASSERT_FALSE(met);
  EXPECT_EQ(met.error().kind, Error::Kind::interrupted);
  EXPECT_THAT(said, ElementsAre(HasSubstr("of 2 ranks, 1 (rank 1) have not yet come to node1:7")));
}

}  // namespace
}  // namespace pno::train
