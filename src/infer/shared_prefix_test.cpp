#include "infer/shared_prefix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace pno::infer {
namespace {

TEST(SharedPrefix, CopySharesThePrefixOfTheOriginal) {
  SharedPrefix original;
  SharedPrefix copy = original, second = original;
  copy.diverge_at(100);
  second.diverge_at(120);
  EXPECT_EQ(original.length(copy), 100);
  EXPECT_EQ(copy.length(original), 100);
  EXPECT_EQ(copy.length(second), 100);
  EXPECT_EQ(original.length(second), 120);
}

TEST(SharedPrefix, IndependentCachesShareNothing) {
  const SharedPrefix one, other;
  EXPECT_EQ(one.length(other), 0);
}

TEST(SharedPrefix, RewrittenPositionsAreNotShared) {
  SharedPrefix original;
  SharedPrefix copy = original;
  copy.diverge_at(100);
  original.diverge_at(60);
  EXPECT_EQ(original.length(copy), 60);
  copy.diverge_at(0);
  EXPECT_EQ(original.length(copy), 0);
}

// Random writes, rewinds and copies; `contents` holds the true content of each position.
TEST(SharedPrefix, NeverReportsDifferentPositionsAsShared) {
  struct Cache {
    SharedPrefix prefix;
    std::vector<int> contents;
  };
  RandomStream random(1, 0);
  const auto draw = [&](std::size_t count) { return random.bits() % count; };
  int written = 0, found = 0;
  std::vector<Cache> caches(4);
  for (int action = 0; action < 20000; ++action) {
    Cache& cache = caches[draw(caches.size())];
    switch (draw(3)) {
      case 0:
        for (std::size_t count = draw(5); count > 0; --count) cache.contents.push_back(++written);
        break;
      case 1: {  // a rewind
        cache.contents.resize(cache.contents.size() - draw(cache.contents.size() + 1) / 4);
        cache.prefix.diverge_at(static_cast<std::int64_t>(cache.contents.size()));
        break;
      }
      default: {
        const Cache& other = caches[draw(caches.size())];
        if (&other == &cache) break;
        cache = other;
        cache.prefix.diverge_at(static_cast<std::int64_t>(cache.contents.size()));
      }
    }
    for (const Cache& other : caches) {
      const auto shared = static_cast<std::size_t>(std::min<std::int64_t>(
          cache.prefix.length(other.prefix),
          static_cast<std::int64_t>(std::min(cache.contents.size(), other.contents.size()))));
      const auto end = cache.contents.begin() + static_cast<std::ptrdiff_t>(shared);
      ASSERT_TRUE(std::equal(cache.contents.begin(), end, other.contents.begin()));
      if (&other != &cache && shared > 0) ++found;
    }
  }
  EXPECT_GT(found, 1000);
}

}  // namespace
}  // namespace pno::infer
