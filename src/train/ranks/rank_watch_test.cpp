#include "train/ranks/rank_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "train/ranks/memory_board.h"

namespace pno::train {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// What one rank sees of a board: its own cable can be cut.
class Cable : public RankBoard {
 public:
  explicit Cable(std::shared_ptr<MemoryBoard> board) : board_(std::move(board)) {}
  void set(const std::string& key, const std::string& text) override { end().set(key, text); }
  std::optional<std::string> get(const std::string& key) override { return end().get(key); }
  std::int64_t add(const std::string& key, std::int64_t number) override {
    return end().add(key, number);
  }
  std::atomic<bool> is_cut = false;

 private:
  MemoryBoard& end() {
    while (is_cut) std::this_thread::sleep_for(1ms);
    return *board_;
  }
  std::shared_ptr<MemoryBoard> board_;
};

class RankWatchTest : public testing::Test {
 protected:
  static constexpr auto kBeat = 20ms;
  static constexpr int kSilent = 25, kDoubtful = 5;
  static constexpr auto kLong = 20s;  // for a busy machine; nothing waits so long on another

  void TearDown() override {
    board_->hangs = false;
    for (const auto& cable : cables_) cable->is_cut = false;
  }
  void start(int ranks) {
    std::vector<std::string> names;
    for (int rank = 0; rank < ranks; ++rank) names.push_back("rank " + std::to_string(rank));
    for (int rank = 0; rank < ranks; ++rank) {
      cables_.push_back(std::make_shared<Cable>(board_));
      watches_.push_back(std::make_unique<RankWatch>(
          cables_.back(), RankWatchOptions{.rank = rank,
                                           .names = names,
                                           .beat = kBeat,
                                           .silent_beats = kSilent,
                                           .doubtful_beats = kDoubtful}));
    }
  }
  std::optional<RankLoss> wait_for_loss(int rank) const {
    const auto deadline = std::chrono::steady_clock::now() + kLong;
    const auto& watch = *watches_[static_cast<std::size_t>(rank)];
    while (!watch.loss() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(kBeat);
    }
    return watch.loss();
  }
  void expect_loss(int rank, const std::string& what, const std::string& why = "") const {
    const auto loss = wait_for_loss(rank);
    ASSERT_TRUE(loss) << rank;
    EXPECT_EQ(loss->what, what) << rank;
    EXPECT_EQ(loss->why, why) << rank;
  }

  std::shared_ptr<MemoryBoard> board_ = std::make_shared<MemoryBoard>();
  std::vector<std::shared_ptr<Cable>> cables_;
  std::vector<std::unique_ptr<RankWatch>> watches_;
};

TEST_F(RankWatchTest, RanksThatBeatAreThere) {
  start(3);
  std::this_thread::sleep_for(kBeat * kSilent * 2);
  for (const auto& watch : watches_) EXPECT_FALSE(watch->loss());
}

TEST_F(RankWatchTest, ARankThatIsSilentIsGoneByTheWordOfAll) {
  start(4);
  std::this_thread::sleep_for(kBeat * 3);
  watches_[2].reset();
  for (const int rank : {0, 1, 3}) expect_loss(rank, "rank 2 is gone");
}

TEST_F(RankWatchTest, TwoThatAreSilentAreBothNamed) {
  start(4);
  std::this_thread::sleep_for(kBeat * 3);
  cables_[1]->is_cut = cables_[3]->is_cut = true;
  const auto loss = wait_for_loss(2);
  ASSERT_TRUE(loss);
  EXPECT_THAT(loss->what, testing::MatchesRegex("rank 1(, rank 3 are| is) gone|rank 3 is gone"));
  expect_loss(0, loss->what);
  // And they know themselves that they are alone.
  expect_loss(3, "rank 0 is gone, or cannot be reached from here");
}

TEST_F(RankWatchTest, WithoutABoardRankZeroIsGone) {
  start(3);
  std::this_thread::sleep_for(kBeat * 3);
  board_->throws = true;
  expect_loss(1, "rank 0 is gone");
  expect_loss(2, "rank 0 is gone");
}

TEST_F(RankWatchTest, ABoardThatDoesNotAnswerIsNoticedAndHoldsNobodyUp) {
  start(2);
  std::this_thread::sleep_for(kBeat * 3);
  board_->hangs = true;
  expect_loss(1, "rank 0 is gone, or cannot be reached from here");
  const auto before = std::chrono::steady_clock::now();
  watches_.clear();
  EXPECT_LT(std::chrono::steady_clock::now() - before, kLong);
}

// A board of the launcher's outlives rank 0.
TEST_F(RankWatchTest, RankZeroIsWatchedToo) {
  start(3);
  std::this_thread::sleep_for(kBeat * 3);
  watches_[0].reset();
  expect_loss(1, "rank 0 is gone");
  expect_loss(2, "rank 0 is gone");
}

TEST_F(RankWatchTest, ABrokenConnectionShortensTheWait) {
  start(3);
  std::this_thread::sleep_for(kBeat * 3);
  watches_[2].reset();
  const auto before = std::chrono::steady_clock::now();
  const auto loss = watches_[1]->find_loss();
  ASSERT_TRUE(loss);
  EXPECT_EQ(loss->what, "rank 2 is gone");
  EXPECT_LT(std::chrono::steady_clock::now() - before, kLong);
  EXPECT_TRUE(board_->get("doubt"));
}

TEST_F(RankWatchTest, ARankThatStopsSaysWhyToAll) {
  start(3);
  watches_[1]->stop("d.notes: no such file");
  for (const int rank : {0, 2}) expect_loss(rank, "rank 1 stopped", "d.notes: no such file");
}

// Rank 0 takes the board with it, so it waits until the others have read.
TEST_F(RankWatchTest, RankZeroStopsWhenAllHaveHeard) {
  start(3);
  watches_[0]->stop("the disk is full");
  board_->throws = true;
  for (const int rank : {1, 2}) expect_loss(rank, "rank 0 stopped", "the disk is full");
}

TEST_F(RankWatchTest, InGoodOrderNobodyIsLost) {
  start(3);
  std::vector<std::thread> leaving;
  for (const auto& watch : watches_) leaving.emplace_back([&] { watch->leave(); });
  for (auto& thread : leaving) thread.join();
  EXPECT_EQ(board_->add("left", 0), 3);
  board_->throws = true;
  std::this_thread::sleep_for(kBeat * 3);
  for (const auto& watch : watches_) EXPECT_FALSE(watch->loss());
}

}  // namespace
}  // namespace pno::train
