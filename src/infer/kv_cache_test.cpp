#include "infer/kv_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/bf16.h"
#include "infer/kernels/byte_ops.h"
#include "infer/test_models.h"

namespace pno::infer {
namespace {

constexpr std::size_t kSlots = 48;
constexpr auto kAllPrecisions = {Precision::f32, Precision::bf16, Precision::int8};

// Heads of 8 channels, a context of 32 positions.
KvCache small_cache(Precision precision) {
  return KvCache(kTestConfig, kSlots, precision);
}

// The key of a position; its value is the negative of it.
std::vector<float> key_at(std::int64_t position, int layer) {
  std::vector<float> key(static_cast<std::size_t>(kTestConfig.attention_width));
  for (std::size_t i = 0; i < key.size(); ++i) {
    key[i] = std::sin(static_cast<float>(position) + 0.3F * static_cast<float>(i)) +
             static_cast<float>(layer);
  }
  return key;
}

void read_until(KvCache& cache, std::int64_t end) {
  for (auto position = cache.position(); position < end; ++position) {
    for (int layer = 0; layer < kTestConfig.layers; ++layer) {
      const auto key = key_at(position, layer);
      auto value = key;
      for (float& x : value) x = -x;
      cache.put(layer, position, key.data(), value.data());
    }
    cache.advance(1);
  }
}

// Element d of row `slot`; `is_transposed` as values are.
float element(const HeadRows& head, std::size_t slot, std::size_t d, bool is_transposed) {
  const auto D = static_cast<std::size_t>(kTestConfig.head_width());
  if (head.rows != nullptr) return head.rows[slot * D + d];
  const Panels& panels = head.panels;
  const std::byte* at =
      panels.data + byte_offset(panels.precision, panels.panel_size_bytes, is_transposed ? d : slot,
                                is_transposed ? slot : d);
  if (panels.precision == Precision::bf16) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, at, sizeof(bits));
    return from_bf16(bits);
  }
  return static_cast<float>(static_cast<int>(*at) - kByteOffset) * panels.scales[slot];
}

// The last `count` positions are in the slots that slots_of() gives, in every layer and head.
void expect_holds(const KvCache& cache, std::size_t count, double tolerance) {
  const std::int64_t newest = cache.position() - 1;
  const CacheSlots slots = cache.slots_of(newest, count);
  ASSERT_GE(slots.size(), slots.lead + count);
  const auto slot_at = [&](std::size_t column) {
    const auto& [newer, older] = slots.ranges;
    return column < newer.size ? newer.first + column : older.first + column - newer.size;
  };
  const auto D = static_cast<std::size_t>(kTestConfig.head_width());
  for (int layer = 0; layer < kTestConfig.layers; ++layer) {
    for (int head = 0; head < kTestConfig.heads; ++head) {
      const HeadRows keys = cache.keys(layer, head), values = cache.values(layer, head);
      for (std::size_t distance = 0; distance < count; ++distance) {
        const auto position = newest - static_cast<std::int64_t>(distance);
        const auto expected = key_at(position, layer);
        for (std::size_t d = 0; d < D; ++d) {
          const float x = expected[static_cast<std::size_t>(head) * D + d];
          const std::size_t slot = slot_at(slots.lead + distance);
          ASSERT_NEAR(element(keys, slot, d, /*is_transposed=*/false), x, tolerance)
              << "position " << position;
          ASSERT_NEAR(element(values, slot, d, /*is_transposed=*/true), -x, tolerance)
              << "position " << position;
        }
      }
    }
  }
}

// Half a step of bf16 at 2, and of int8 with a scale of 2 / 127.
double tolerance(Precision precision) {
  return precision == Precision::f32 ? 0 : 0.0085;
}

TEST(KvCache, RingKeepsTheLastPositionsAfterItWraps) {
  for (const auto precision : kAllPrecisions) {
    SCOPED_TRACE(enum_name(precision));
    auto cache = small_cache(precision);
    for (const std::int64_t end : {1, 5, 16, 17, 47, 48, 49, 60, 200}) {
      read_until(cache, end);
      EXPECT_EQ(cache.position(), end);
      expect_holds(cache, static_cast<std::size_t>(std::min<std::int64_t>(end, kSlots)),
                   tolerance(precision));
    }
  }
}

TEST(KvCache, RewindReachesTheStartUntilPositionsAreOverwritten) {
  auto cache = small_cache(Precision::f32);
  read_until(cache, kSlots);
  EXPECT_EQ(cache.earliest_rewind(), 0);
  read_until(cache, kSlots + 1);
  // Position 0 is overwritten: a full context of 32 is there from position 32 on.
  EXPECT_EQ(cache.earliest_rewind(), kTestConfig.context);
  cache.rewind(40);
  EXPECT_EQ(cache.position(), 40);
  EXPECT_EQ(cache.earliest_rewind(), kTestConfig.context);
  expect_holds(cache, 32, 0);
  read_until(cache, 100);
  expect_holds(cache, kSlots, 0);
}

TEST(KvCache, CopyHoldsTheSameAndIsIndependent) {
  for (const auto precision : kAllPrecisions) {
    SCOPED_TRACE(enum_name(precision));
    for (const std::int64_t end : {3, 20, 48, 75}) {
      auto original = small_cache(precision), copy = small_cache(precision);
      read_until(original, end);
      read_until(copy, 90);
      copy.copy_from(original);
      EXPECT_EQ(copy.position(), end);
      EXPECT_EQ(copy.earliest_rewind(), original.earliest_rewind());
      EXPECT_EQ(copy.shared_prefix(original), end);
      const auto count = static_cast<std::size_t>(std::min<std::int64_t>(end, kSlots));
      expect_holds(copy, count, tolerance(precision));
      read_until(copy, end + 10);
      expect_holds(original, count, tolerance(precision));
      EXPECT_EQ(copy.shared_prefix(original), end);
    }
  }
}

TEST(KvCache, ClearForgetsAllPositions) {
  auto cache = small_cache(Precision::f32), other = small_cache(Precision::f32);
  read_until(cache, 70);
  other.copy_from(cache);
  cache.clear();
  EXPECT_EQ(cache.position(), 0);
  EXPECT_EQ(cache.earliest_rewind(), 0);
  EXPECT_EQ(cache.shared_prefix(other), 0);
}

TEST(KvCacheDeathTest, RefusesMorePositionsThanSlots) {
  const auto cache = small_cache(Precision::f32);
  EXPECT_DEATH(cache.slots_of(60, kSlots + 1), "slots");
}

}  // namespace
}  // namespace pno::infer
