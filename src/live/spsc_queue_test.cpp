#include "live/spsc_queue.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>

#include "base/allocation_count.h"

namespace pno::live {
namespace {

TEST(SpscQueue, IsEmptyFullAndFirstInFirstOut) {
  SpscQueue<int, 4> queue;
  EXPECT_FALSE(queue.pop());
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(queue.push(i));
    EXPECT_EQ(queue.room(), 0U);
    EXPECT_FALSE(queue.push(4));
    for (int i = 0; i < 4; ++i) EXPECT_EQ(queue.pop(), i);
    EXPECT_FALSE(queue.pop());
    EXPECT_EQ(queue.room(), 4U);
  }
}

TEST(SpscQueue, DoesNotAllocate) {
  SpscQueue<std::int64_t, 1024> queue;
  const auto before = allocation_count();
  for (int i = 0; i < 5000; ++i) {
    queue.push(i);
    if (i % 3 == 0) queue.pop();
  }
  EXPECT_EQ(allocation_count(), before);
}

TEST(SpscQueue, ThreadsPassEveryItemOnceAndInOrder) {
  constexpr std::uint64_t kItems = 200'000;
  struct Item {
    std::uint64_t number = 0, twice = 0;
  };
  SpscQueue<Item, 64> queue;
  std::thread producer([&] {
    for (std::uint64_t i = 0; i < kItems;) {
      if (queue.push({i, 2 * i})) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < kItems;) {
    const auto item = queue.pop();
    if (!item) {
      std::this_thread::yield();
      continue;
    }
    wrong += item->number == i && item->twice == 2 * i ? 0U : 1U;
    ++i;
  }
  producer.join();
  EXPECT_EQ(wrong, 0U);
}

}  // namespace
}  // namespace pno::live
