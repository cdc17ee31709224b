#include "infer/kernels/thread_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace pno::infer {
namespace {

TEST(ThreadPool, DoesEveryTaskOnce) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const int tasks : {0, 1, 2, 3, 8, 100}) {
      std::vector<std::atomic<int>> done(static_cast<std::size_t>(tasks));
      pool.run(tasks, [&](int task, int worker) {
        EXPECT_LT(worker, threads);
        ++done[static_cast<std::size_t>(task)];
      });
      EXPECT_TRUE(std::all_of(done.begin(), done.end(), [](const auto& n) { return n == 1; }));
    }
  }
}

TEST(ThreadPool, ManyShortRunsInSuccessionComplete) {
  ThreadPool pool(3);
  std::int64_t sum = 0;
  for (int run = 0; run < 20000; ++run) {
    std::atomic<int> of_run{0};
    pool.run(4, [&](int task, int) { of_run += task; });
    sum += of_run;
  }
  EXPECT_EQ(sum, 20000 * 6);
}

TEST(ThreadPool, SleepingWorkersWakeUp) {
  ThreadPool pool(2);
  for (int run = 0; run < 5; ++run) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::atomic<int> waiting{2};
    // Each task waits for the other, so both must run at the same time.
    pool.run(2, [&](int, int) {
      --waiting;
      while (waiting.load() > 0) std::this_thread::yield();
    });
    EXPECT_EQ(waiting.load(), 0);
  }
}

}  // namespace
}  // namespace pno::infer
