// Two ranks as two threads of this process, over the loopback.

#include "train/ranks/ranks.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <torch/torch.h>
#include <unistd.h>

#include <array>
#include <future>
#include <thread>

#include "train/ranks/rank_engine.h"

namespace pno::train {
namespace {

int free_port() {
  const int handle = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(handle, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(handle);
  return ntohs(address.sin_port);
}

// Calls work(ranks) on each of `size` ranks, joined and connected.
template <class Work>
void on_ranks(int size, const Work& work, double timeout_s = 600) {
  const int port = free_port();
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      const RankOptions options{.place = {.rank = rank, .size = size, .port = port},
                                .timeout_s = timeout_s};
      const auto ranks = Ranks::join(options, {});
      ASSERT_TRUE(ranks) << ranks.error().message;
      const auto connected = (*ranks)->connect(torch::kCPU);
      ASSERT_TRUE(connected) << connected.error().message;
      work(**ranks);
    });
  }
  for (auto& thread : threads) thread.join();
}

class RanksTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto why = why_no_engine(torch::kCPU);
    if (!why.empty()) GTEST_SKIP() << why;
  }
};

TEST(Ranks, TheOnlyRankKeepsItsOwnValues) {
  Ranks alone;
  EXPECT_TRUE(alone.size() == 1 && alone.is_first());
  const auto part = torch::ones({3});
  alone.begin_sum(part);
  alone.wait();
  alone.broadcast(part);
  EXPECT_TRUE(torch::equal(part, torch::ones({3})));
  EXPECT_EQ(alone.broadcast("text"), "text");
  EXPECT_EQ(*alone.gather("text"), std::vector<std::string>{"text"});
}

TEST_F(RanksTest, SumAndBroadcastReachAll) {
  on_ranks(3, [](Ranks& ranks) {
    EXPECT_EQ(ranks.sharing_cores(), 3);
    EXPECT_EQ(ranks.local_rank(), ranks.rank());
    std::array numbers = {1.0, static_cast<double>(ranks.rank())};
    ranks.sum(numbers);
    EXPECT_EQ(numbers, (std::array{3.0, 3.0}));
    const auto own = torch::full({5}, ranks.rank() + 1);
    ranks.broadcast(own);
    EXPECT_TRUE(torch::equal(own, torch::full({5}, 1)));
    const std::string text = ranks.is_first() ? "all of\nthis" : "of another length";
    EXPECT_EQ(ranks.broadcast(text), "all of\nthis");
    EXPECT_EQ(ranks.broadcast(std::string()), "");
  });
}

TEST_F(RanksTest, ConcurrentSumsOfAllSizesAreCorrect) {
  on_ranks(2, [](Ranks& ranks) {
    for (int round = 0; round < 5; ++round) {
      std::vector<torch::Tensor> parts;
      for (int i = 0; i < 40; ++i) {
        parts.push_back(torch::full({1 + i * i * 50}, i + ranks.rank(), torch::kFloat));
        ranks.begin_sum(parts.back());
      }
      ranks.wait();
      for (int i = 0; i < 40; ++i) {
        const auto& part = parts[static_cast<std::size_t>(i)];
        ASSERT_TRUE(torch::equal(part, torch::full_like(part, 2 * i + 1))) << round << ' ' << i;
      }
    }
  });
}

TEST_F(RanksTest, ARankWhoseConnectionsCloseIsLostToTheOthers) {
  on_ranks(3, [](Ranks& ranks) {
    if (ranks.rank() == 1) return;
    std::array values = {1.0};
    try {
      ranks.sum(values);
      ADD_FAILURE() << ranks.rank();
    } catch (const LostRank& lost) {
      EXPECT_THAT(lost.sentence("after step 3"),
                  testing::MatchesRegex("a rank was lost after step 3 \\([^\\[].*\\)"));
    }
  });
}

TEST_F(RanksTest, ARankThatDoesNotAnswerIsLostAfterTheTimeout) {
  constexpr double kTimeout_s = 1;
  std::promise<void> noticed;
  const auto until = noticed.get_future().share();
  const auto silent = [&](Ranks& ranks) {
    if (ranks.rank() == 1) return until.wait();
    std::array values = {1.0};
    EXPECT_THROW(ranks.sum(values), LostRank);
    noticed.set_value();
  };
  on_ranks(2, silent, kTimeout_s);
}

TEST_F(RanksTest, AllReadTheTextsOfAll) {
  on_ranks(2, [](Ranks& ranks) {
    const auto texts = ranks.gather(fmt::format("of {}", ranks.rank()));
    ASSERT_TRUE(texts) << texts.error().message;
    EXPECT_THAT(*texts, testing::ElementsAre("of 0", "of 1"));
  });
}

}  // namespace
}  // namespace pno::train
