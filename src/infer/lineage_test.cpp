#include "infer/lineage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace pno::infer {
namespace {

TEST(Lineage, ACopySharesWhatWasThere) {
  Lineage original;
  Lineage copy = original, second = original;
  copy.part_at(100);
  second.part_at(120);
  EXPECT_EQ(original.common(copy), 100);
  EXPECT_EQ(copy.common(original), 100);
  EXPECT_EQ(copy.common(second), 100);
  EXPECT_EQ(original.common(second), 120);
}

TEST(Lineage, TwoThatBeganApartShareNothing) {
  const Lineage one, other;
  EXPECT_EQ(one.common(other), 0);
}

TEST(Lineage, WhatIsWrittenAnewIsSharedNoLonger) {
  Lineage original;
  Lineage copy = original;
  copy.part_at(100);
  original.part_at(60);
  EXPECT_EQ(original.common(copy), 60);
  copy.part_at(0);
  EXPECT_EQ(original.common(copy), 0);
}

// Caches as they are used, with what each position really holds beside them.
TEST(Lineage, NeverTakesForTheSameWhatIsNot) {
  struct Cache {
    Lineage lineage;
    std::vector<int> numbers;
  };
  RandomStream random(1, 0);
  const auto draw = [&](std::size_t count) { return random.bits() % count; };
  int written = 0, found = 0;
  std::vector<Cache> caches(4);
  for (int action = 0; action < 20000; ++action) {
    Cache& cache = caches[draw(caches.size())];
    switch (draw(3)) {
      case 0:
        for (std::size_t count = draw(5); count > 0; --count) cache.numbers.push_back(++written);
        break;
      case 1: {  // a rewind
        cache.numbers.resize(cache.numbers.size() - draw(cache.numbers.size() + 1) / 4);
        cache.lineage.part_at(static_cast<std::int64_t>(cache.numbers.size()));
        break;
      }
      default: {
        const Cache& other = caches[draw(caches.size())];
        if (&other == &cache) break;
        cache = other;
        cache.lineage.part_at(static_cast<std::int64_t>(cache.numbers.size()));
      }
    }
    for (const Cache& other : caches) {
      const auto common = static_cast<std::size_t>(std::min<std::int64_t>(
          cache.lineage.common(other.lineage),
          static_cast<std::int64_t>(std::min(cache.numbers.size(), other.numbers.size()))));
      const auto end = cache.numbers.begin() + static_cast<std::ptrdiff_t>(common);
      ASSERT_TRUE(std::equal(cache.numbers.begin(), end, other.numbers.begin()));
      if (&other != &cache && common > 0) ++found;
    }
  }
  EXPECT_GT(found, 1000);
}

}  // namespace
}  // namespace pno::infer
