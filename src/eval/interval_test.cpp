#include "eval/interval.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace pno::eval {
namespace {

using testing::ElementsAre;

TEST(Interval, IsThePercentilesOfTheResamples) {
  std::vector<double> values;
  for (int i = 0; i <= 1000; ++i) values.push_back(1000 - i);
  const auto interval = interval_of(5, values);
  EXPECT_EQ(interval.value, 5);
  EXPECT_DOUBLE_EQ(interval.low, 25);
  EXPECT_DOUBLE_EQ(interval.high, 975);
  EXPECT_EQ(interval_of(3, {}).low, 3);
}

TEST(Interval, GroupsAreDrawnWhole) {
  const std::vector<std::size_t> groups = {0, 1, 1, 0, 2};
  RandomStream random(1, 0);
  for (int i = 0; i < 20; ++i) {
    std::array<int, 5> times{};
    for (const auto member : resample_groups(groups, random)) ++times[member];
    EXPECT_EQ(times[0], times[3]);
    EXPECT_EQ(times[1], times[2]);
    EXPECT_EQ(times[0] + times[1] + times[4], 3) << "as many groups as there are";
  }
}

// The 95 % interval of the mean of n normal values is ±1.96/√n.
TEST(Interval, OfAMeanIsAsWideAsItsStandardErrorSays) {
  RandomStream random(7, 0);
  std::vector<double> values;
  std::vector<std::size_t> groups;
  for (std::size_t i = 0; i < 400; ++i) {
    values.push_back(random.normal());
    groups.push_back(i);
  }
  const auto interval = mean_interval(values, groups, 2000, 1);
  EXPECT_LT(interval.low, interval.value);
  EXPECT_GT(interval.high, interval.value);
  EXPECT_NEAR(interval.high - interval.low, 2 * 1.96 / 20, 0.02);

  // The same values, each four times in its group, say no more.
  std::vector<double> repeated;
  std::vector<std::size_t> repeated_groups;
  for (std::size_t i = 0; i < 400; ++i) {
    for (int time = 0; time < 4; ++time) {
      repeated.push_back(values[i]);
      repeated_groups.push_back(i);
    }
  }
  const auto same = mean_interval(repeated, repeated_groups, 2000, 1);
  EXPECT_NEAR(same.high - same.low, interval.high - interval.low, 1e-9);
}

}  // namespace
}  // namespace pno::eval
