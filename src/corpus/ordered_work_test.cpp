#include "corpus/ordered_work.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <stdexcept>

namespace pno::corpus {
namespace {

constexpr std::size_t kJobs = 1000;
constexpr auto kWeightOfOne = [](const std::size_t&) { return std::int64_t{1}; };

// Waits a little, more for some jobs than for others, so that threads overtake each other.
std::size_t uneven_work(std::size_t job) {
  std::this_thread::sleep_for(std::chrono::microseconds(job % 7 * 10));
  return job;
}

TEST(WorkInOrder, TakesResultsInOrderFromAnyNumberOfThreads) {
  for (const int threads : {1, 2, 5}) {
    std::vector<std::size_t> taken;
    const auto make = [](std::size_t job, int) { return uneven_work(job); };
    const auto take = [&](std::size_t job, std::size_t&& result) {
      EXPECT_EQ(job, result);
      taken.push_back(result);
      return true;
    };
    EXPECT_TRUE(work_in_order(kJobs, threads, {}, make, kWeightOfOne, take));
    std::vector<std::size_t> all(kJobs);
    std::iota(all.begin(), all.end(), 0U);
    EXPECT_EQ(taken, all);
  }
}

TEST(WorkInOrder, HoldsNoMoreResultsThanAllowed) {
  std::atomic<int> made = 0, taken = 0, most = 0;
  const auto make = [&](std::size_t job, int) {
    most = std::max(most.load(), ++made - taken.load());
    return uneven_work(job);
  };
  const auto take = [&](std::size_t, std::size_t&&) { return ++taken > 0; };
  EXPECT_TRUE(work_in_order(kJobs, 4, {.jobs = 8, .weight = 1000}, make, kWeightOfOne, take));
  EXPECT_LE(most, 8 + 1) << "and one that is being taken";
}

TEST(WorkInOrder, GoesOnWhereOneResultIsOverTheWeight) {
  std::size_t taken = 0;
  const auto make = [](std::size_t job, int) { return job; };
  const auto heavy = [](const std::size_t&) { return std::int64_t{1'000'000}; };
  EXPECT_TRUE(work_in_order(100, 3, {.jobs = 8, .weight = 10}, make, heavy,
                            [&](std::size_t, std::size_t&&) { return ++taken > 0; }));
  EXPECT_EQ(taken, 100U);
}

TEST(WorkInOrder, HasNothingToDoWithoutJobs) {
  const auto make = [](std::size_t job, int) { return job; };
  const auto take = [](std::size_t, std::size_t&&) -> bool { throw std::logic_error("a job"); };
  EXPECT_TRUE(work_in_order(0, 2, {}, make, kWeightOfOne, take));
}

TEST(WorkInOrder, EndsWhenInterrupted) {
  std::size_t taken = 0;
  const auto make = [](std::size_t job, int) { return job; };
  const auto take = [&](std::size_t, std::size_t&&) {
    if (++taken == 10) set_interrupted(true);
    return true;
  };
  EXPECT_FALSE(work_in_order(kJobs, 2, {}, make, kWeightOfOne, take));
  set_interrupted(false);
  EXPECT_EQ(taken, 10U);
}

TEST(WorkInOrder, EndsWhenNoMoreIsTaken) {
  std::size_t taken = 0;
  const auto make = [](std::size_t job, int) { return job; };
  const auto take = [&](std::size_t, std::size_t&&) { return ++taken < 10; };
  EXPECT_FALSE(work_in_order(kJobs, 2, {}, make, kWeightOfOne, take));
  EXPECT_EQ(taken, 10U);
  EXPECT_FALSE(work_in_order(20 - taken, 2, {}, make, kWeightOfOne,
                             [&](std::size_t, std::size_t&&) { return ++taken < 20; }))
      << "at the last job";
}

TEST(WorkInOrder, ThrowsOnWhatAThreadThrows) {
  const auto make = [](std::size_t job, int) {
    if (job == 50) throw std::runtime_error("out of memory");
    return job;
  };
  const auto ignore = [](std::size_t, std::size_t&&) { return true; };
  EXPECT_THROW(work_in_order(kJobs, 2, {}, make, kWeightOfOne, ignore), std::runtime_error);
}

TEST(WorkInOrder, ThrowsOnWhatTakingThrows) {
  const auto make = [](std::size_t job, int) { return job; };
  const auto take = [](std::size_t job, std::size_t&&) {
    if (job == 50) throw std::runtime_error("out of memory");
    return true;
  };
  EXPECT_THROW(work_in_order(kJobs, 2, {}, make, kWeightOfOne, take), std::runtime_error);
}

}  // namespace
}  // namespace pno::corpus
