#include "train/step/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pno::train {
namespace {

constexpr double kRounding = 1e-12;

TEST(Schedule, RisesToItsPeakAtTheEndOfWarmUp) {
  for (const auto kind : {Schedule::noam, Schedule::cosine, Schedule::constant, Schedule::wsd}) {
    const TrainConfig config{
        .steps = 1000, .learning_rate = 0.5, .schedule = kind, .warmup_steps = 100};
    EXPECT_NEAR(learning_rate(config, 1), 0.005, kRounding);
    EXPECT_NEAR(learning_rate(config, 50), 0.25, kRounding);
    EXPECT_NEAR(learning_rate(config, 100), 0.5, kRounding);
  }
}

TEST(Schedule, FallsAfterWarmUpByItsFormula) {
  TrainConfig config{.steps = 1100, .learning_rate = 0.5, .warmup_steps = 100};
  config.schedule = Schedule::noam;
  EXPECT_NEAR(learning_rate(config, 400), 0.25, kRounding);
  config.schedule = Schedule::constant;
  EXPECT_NEAR(learning_rate(config, 1100), 0.5, kRounding);
  config.schedule = Schedule::cosine;
  EXPECT_NEAR(learning_rate(config, 600), 0.5 * 0.55, kRounding);  // midway between 1 and a tenth
  EXPECT_NEAR(learning_rate(config, 1100), 0.05, kRounding);
  EXPECT_NEAR(learning_rate(config, 5000), 0.05, kRounding);  // after the last step
  config.schedule = Schedule::wsd;
  config.cooldown = 0.5;
  EXPECT_NEAR(learning_rate(config, 551), 0.5, kRounding);
  EXPECT_NEAR(learning_rate(config, 826), 0.25, kRounding);
  EXPECT_NEAR(learning_rate(config, 1100), 0.5 / 550, kRounding);  // the last step still learns
  EXPECT_EQ(learning_rate(config, 1101), 0);
}

TEST(Schedule, IsFiniteWithoutWarmUp) {
  for (const auto kind : {Schedule::noam, Schedule::cosine, Schedule::constant, Schedule::wsd}) {
    const TrainConfig config{.steps = 1, .schedule = kind, .warmup_steps = 0};
    EXPECT_TRUE(std::isfinite(learning_rate(config, 1)));
    EXPECT_GT(learning_rate(config, 1), 0);
  }
}

TEST(Schedule, WeightDecayChangesLinearly) {
  TrainConfig config{.steps = 100, .weight_decay = 0.2};
  EXPECT_EQ(weight_decay(config, 1), 0.2);
  config.final_decay = 3;
  EXPECT_NEAR(weight_decay(config, 50), 0.4, kRounding);
  EXPECT_NEAR(weight_decay(config, 100), 0.6, kRounding);
  EXPECT_NEAR(weight_decay(config, 200), 0.6, kRounding);  // after the last step
}

}  // namespace
}  // namespace pno::train
