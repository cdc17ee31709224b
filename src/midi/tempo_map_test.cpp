#include "midi/tempo_map.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace pno::midi {
namespace {

TEST(TempoMap, IsHalfASecondAQuarterWithoutATempo) {
  const TempoMap map(Division::ticks_per_quarter(480), {}, kLongestTimeUs);
  EXPECT_EQ(map.time_us(0), 0);
  EXPECT_EQ(map.time_us(480), 500'000);
  EXPECT_EQ(map.time_us(1), 1042);  // 1041.67
}

TEST(TempoMap, RoundsHalfUp) {
  const TempoChange change{0, 1};  // a microsecond for two ticks
  const TempoMap map(Division::ticks_per_quarter(2), std::span(&change, 1), kLongestTimeUs);
  EXPECT_EQ(map.time_us(1), 1);
  EXPECT_EQ(map.time_us(2), 1);
  EXPECT_EQ(map.time_us(3), 2);
}

TEST(TempoMap, TakesTheLastOfSeveralTemposAtOneTick) {
  const std::vector<TempoChange> changes = {{0, 250'000}, {0, 1'000'000}};
  const TempoMap map(Division::ticks_per_quarter(100), changes, kLongestTimeUs);
  EXPECT_EQ(map.time_us(100), 1'000'000);
}

TEST(TempoMap, DoesNotDriftOverAMillionTempos) {
  // A third of a microsecond is lost or won at each change if it is rounded there.
  std::vector<TempoChange> changes;
  for (std::int64_t i = 0; i < 1'000'000; ++i) changes.push_back({i, 400'000 + i % 3});
  const TempoMap map(Division::ticks_per_quarter(480), changes, kLongestTimeUs);
  std::int64_t numerator = 0;
  for (const TempoChange& change : changes) numerator += change.us_per_quarter;
  EXPECT_EQ(map.time_us(1'000'000), (numerator + 240) / 480);
}

TEST(TempoMap, CountsFramesOfSmpte) {
  const TempoMap ms(Division::smpte(25, 40), {}, kLongestTimeUs);
  EXPECT_EQ(ms.time_us(1234), 1'234'000);
  const TempoMap film(Division::smpte(24, 80), {}, kLongestTimeUs);
  EXPECT_EQ(film.time_us(1920), 1'000'000);
  const TempoMap drop_frame(Division::smpte(29, 100), {}, kLongestTimeUs);
  EXPECT_EQ(drop_frame.time_us(3'000'000), 1'001'000'000);
  EXPECT_DOUBLE_EQ(Division::smpte(29, 100).smpte_ticks_per_s, 100 * 30000.0 / 1001.0);
}

TEST(TempoMap, IgnoresTemposUnderSmpte) {
  const TempoChange change{0, 1};
  const TempoMap map(Division::smpte(25, 40), std::span(&change, 1), kLongestTimeUs);
  EXPECT_EQ(map.time_us(1000), 1'000'000);
}

TEST(TempoMap, KnowsTheLastTickWithinItsLimit) {
  const std::vector<TempoChange> changes = {{10, 1000}, {20, 2000}, {1'000'000, 1}};
  // 10 ticks of 5000 us, 10 of 10 us, then 20 us each.
  const TempoMap map(Division::ticks_per_quarter(100), changes, 50'500);
  EXPECT_EQ(map.last_tick(), 40);
  EXPECT_EQ(map.time_us(40), 50'500);
}

TEST(TempoMap, DoesNotOverflowAtTheLongestTime) {
  const std::vector<TempoChange> changes = {{0, 1}, {std::int64_t{1} << 60, (1 << 24) - 1}};
  const TempoMap map(Division::ticks_per_quarter(32767), changes, kLongestTimeUs);
  constexpr std::int64_t kTick_us = 512;  // rounded, at that tempo
  EXPECT_LE(map.time_us(map.last_tick()), kLongestTimeUs);
  EXPECT_GT(map.time_us(map.last_tick()), kLongestTimeUs - kTick_us);
}

// The definition: the length of every tick added up, in a wider type.
std::int64_t slow_time_us(int per_quarter, const std::vector<TempoChange>& changes,
                          std::int64_t tick) {
  std::int64_t numerator = 0, tempo = kDefaultUsPerQuarter;
  for (std::int64_t t = 0; t < tick; ++t) {
    for (const TempoChange& change : changes) {
      if (change.tick == t) tempo = change.us_per_quarter;
    }
    numerator += tempo;
  }
  return (2 * numerator + per_quarter) / (std::int64_t{2} * per_quarter);
}

TEST(TickClock, SaysTheSameAsItsDefinitionInAnyOrder) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    RandomStream random(seed, 0);
    const auto per_quarter = 1 + static_cast<int>(random.below(1000));
    std::vector<TempoChange> changes;
    std::int64_t tick = 0;
    for (int i = 0; i < 10; ++i) {
      tick += static_cast<std::int64_t>(random.below(20));
      changes.push_back({tick, 1 + static_cast<std::int64_t>(random.below((1 << 24) - 1))});
    }
    const TempoMap map(Division::ticks_per_quarter(per_quarter), changes, kLongestTimeUs);
    TickClock clock(map);
    for (int i = 0; i < 200; ++i) {
      const auto at = static_cast<std::int64_t>(random.below(220));
      ASSERT_EQ(clock.time_us(at), slow_time_us(per_quarter, changes, at)) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace pno::midi
