#include "events/controls.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace pno::events {
namespace {

// docs/design.md section 2.
TEST(Controls, BinsHaveTheEdgesOfTheContract) {
  const auto below = [](double edge) { return std::nextafter(edge, 0.0); };
  EXPECT_EQ(density_bin(0), 0);
  int bin = 0;
  for (const double edge : {1.0, 2.0, 3.5, 5.0, 7.5, 11.0, 16.0}) {
    EXPECT_EQ(density_bin(below(edge)), bin);
    EXPECT_EQ(density_bin(edge), ++bin);
  }
  EXPECT_EQ(density_bin(1000), kPerformancePlus.values(Kind::density) - 1);
  bin = 0;
  for (const double edge : {1.5, 2.5, 4.0, 6.0, 9.0}) {
    EXPECT_EQ(polyphony_bin(below(edge)), bin);
    EXPECT_EQ(polyphony_bin(edge), ++bin);
  }
  EXPECT_EQ(polyphony_bin(88), kPerformancePlus.values(Kind::polyphony) - 1);
  EXPECT_EQ(loudness_bin(1), 0);
  bin = 0;
  for (const double edge : {34.0, 44.0, 54.0, 64.0, 74.0, 84.0, 94.0}) {
    EXPECT_EQ(loudness_bin(below(edge)), bin);
    EXPECT_EQ(loudness_bin(edge), ++bin);
  }
  EXPECT_EQ(loudness_bin(127), kPerformancePlus.values(Kind::loudness) - 1);
}

TEST(Controls, AScaleWithItsTriadIsInItsKeyInEveryTransposition) {
  for (int tonic = 0; tonic < 12; ++tonic) {
    std::array<double, 12> major{}, minor{};
    const auto add = [&](std::array<double, 12>& to, std::initializer_list<int> steps) {
      for (const int step : steps) to[static_cast<std::size_t>((tonic + step) % 12)] += 1;
    };
    add(major, {0, 2, 4, 5, 7, 9, 11});
    add(major, {0, 4, 7});
    add(minor, {0, 2, 3, 5, 7, 8, 11});
    add(minor, {0, 3, 7});
    EXPECT_EQ(key_of(major), tonic);
    EXPECT_EQ(key_of(minor), 12 + tonic);
  }
}

TEST(Controls, WithoutAnyDifferenceOfDurationsThereIsNotAKey) {
  std::array<double, 12> durations{};
  EXPECT_EQ(key_of(durations), -1);
  durations.fill(3);
  EXPECT_EQ(key_of(durations), -1);
}

TEST(Controls, EveryKeyHasItsName) {
  std::set<std::string_view> names;
  for (int key = 0; key < kKeys; ++key) names.insert(key_name(key));
  EXPECT_EQ(names.size(), 24U);
  EXPECT_EQ(key_name(0), "C major");
  EXPECT_EQ(key_name(9), "A major");
  EXPECT_EQ(key_name(21), "A minor");
}

}  // namespace
}  // namespace pno::events
