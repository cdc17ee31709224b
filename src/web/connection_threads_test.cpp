#include "web/connection_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

namespace pno::web {
namespace {

using namespace std::chrono_literals;

TEST(ConnectionThreads, StartsThreadsUpToTheLimitAndEndsThemWhenIdle) {
  ConnectionThreads threads(/*most=*/4);
  std::atomic<int> running{0}, most{0}, done{0};
  std::atomic<bool> may_end{false};
  std::thread feeder([&] {
    for (int i = 0; i < 12; ++i) {
      threads.enqueue([&] {
        const int now = ++running;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        while (!may_end) std::this_thread::sleep_for(1ms);
        --running;
        ++done;
      });
    }
  });
  for (int i = 0; i < 2000 && running < 4; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(running, 4);
  may_end = true;
  feeder.join();
  for (int i = 0; i < 2000 && done < 12; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(done, 12);
  EXPECT_EQ(most, 4);
  for (int i = 0; i < 2000 && threads.count() > 0; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(threads.count(), 0U);
  // And again.
  threads.enqueue([&] { ++done; });
  for (int i = 0; i < 2000 && done < 13; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(done, 13);
  threads.shutdown();
}

}  // namespace
}  // namespace pno::web
