#include "train/run/speed_meter.h"

#include <gtest/gtest.h>

namespace pno::train {
namespace {

TEST(SpeedMeter, IsZeroBeforeTheFirstStep) {
  SpeedMeter meter;
  EXPECT_EQ(meter.tokens_per_s(), 0);
  EXPECT_EQ(meter.take_interval().tokens_per_s, 0);
  EXPECT_EQ(meter.seconds_left(10, 0), std::nullopt);
}

TEST(SpeedMeter, AnIntervalHoldsTheStepsSinceTheOneBefore) {
  SpeedMeter meter;
  meter.add(100, 2, 1);
  meter.add(100, 2, 0);
  const auto first = meter.take_interval();
  EXPECT_EQ(first.tokens_per_s, 50);
  EXPECT_EQ(first.wait_share, 0.25);
  meter.add(400, 1, 0.5);
  const auto second = meter.take_interval();
  EXPECT_EQ(second.tokens_per_s, 400);
  EXPECT_EQ(second.wait_share, 0.5);
  EXPECT_EQ(meter.tokens(), 600);
  EXPECT_EQ(meter.tokens_per_s(), 120);
}

TEST(SpeedMeter, TheTimeLeftIsThatOfTheNearerEnd) {
  constexpr double kFar_s = 1e6;
  SpeedMeter meter;
  EXPECT_NEAR(*meter.seconds_left(std::nullopt, kFar_s), kFar_s, 60);
  meter.add(1, 1, 0);
  EXPECT_EQ(meter.seconds_left(0, 0), 0);
  const auto by_steps = meter.seconds_left(3, 0);
  ASSERT_TRUE(by_steps);
  EXPECT_LE(*by_steps, 3 * meter.seconds());
  EXPECT_LT(*meter.seconds_left(3, kFar_s), kFar_s / 2);
  EXPECT_LT(*meter.seconds_left(1'000'000'000'000'000, 1), 1);
}

}  // namespace
}  // namespace pno::train
