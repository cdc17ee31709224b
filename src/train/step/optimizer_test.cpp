#include "train/step/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "train/step/schedule.h"

namespace pno::train {
namespace {

constexpr double kRounding = 1e-12;

TEST(Schedule, RisesToItsPeakAtTheEndOfWarmUp) {
  for (const auto kind : {Schedule::noam, Schedule::cosine, Schedule::constant}) {
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
}

TEST(Schedule, IsFiniteWithoutWarmUp) {
  for (const auto kind : {Schedule::noam, Schedule::cosine, Schedule::constant}) {
    const TrainConfig config{.steps = 1, .schedule = kind, .warmup_steps = 0};
    EXPECT_TRUE(std::isfinite(learning_rate(config, 1)));
    EXPECT_GT(learning_rate(config, 1), 0);
  }
}

// Compares with algorithm 2 of the paper, one element at a time. A norm (one dimension) has no
// weight decay.
TEST(AdamW, EqualsPlainLoop) {
  const TrainConfig config{.beta1 = 0.8, .beta2 = 0.9, .epsilon = 1e-3, .weight_decay = 0.1};
  const std::vector<model::Parameter> list = {{"matrix", {1, 2}}, {"norm", {2}}};
  const auto parameters = torch::tensor({1.0, -2.0, 3.0, 0.5}, torch::kDouble);
  const auto gradient = torch::tensor({0.1, 0.2, -3.0, 0.0}, torch::kDouble);
  AdamW optimizer(config, parameters, list);
  std::vector<double> wanted = {1.0, -2.0, 3.0, 0.5}, mean(4), square(4);
  for (int step = 1; step <= 5; ++step) {
    const double rate = 0.1 * step;
    optimizer.update(parameters, gradient * step, step, rate);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const double g = gradient[static_cast<std::int64_t>(i)].item<double>() * step;
      mean[i] = config.beta1 * mean[i] + (1 - config.beta1) * g;
      square[i] = config.beta2 * square[i] + (1 - config.beta2) * g * g;
      const double m = mean[i] / (1 - std::pow(config.beta1, step));
      const double v = square[i] / (1 - std::pow(config.beta2, step));
      if (i < 2) wanted[i] -= rate * config.weight_decay * wanted[i];
      wanted[i] -= rate * m / (std::sqrt(v) + config.epsilon);
      EXPECT_NEAR(parameters[static_cast<std::int64_t>(i)].item<double>(), wanted[i], kRounding);
    }
  }
}

TEST(Clip, FactorAppliesOnlyAboveTheLargestNorm) {
  for (const auto type : {torch::kDouble, torch::kFloat}) {
    const auto gradient = torch::tensor({3.0, 4.0}, type);
    const double norm = norm_of(gradient);
    EXPECT_NEAR(norm, 5, kRounding);
    EXPECT_EQ(clip_factor(norm, 0), 1);
    EXPECT_EQ(clip_factor(norm, 6), 1);
    EXPECT_NEAR(clip_factor(norm, 2), 0.4, kRounding);
  }
}

// Compares the fused pass in float32 with LibTorch's operations in double precision, with and
// without weight decay, for several threads and a size that is not a multiple of a vector.
TEST(AdamW, FusedEqualsComposite) {
  constexpr double kFloatRounding = 1e-6;
  const std::vector<model::Parameter> list = {{"matrix", {300, 251}}, {"norm", {77}}};
  const std::int64_t size = 300 * 251 + 77;
  for (const double decay : {0.0, 0.1}) {
    const TrainConfig config{.epsilon = 1e-6, .weight_decay = decay};
    torch::manual_seed(1);
    const auto exact = torch::randn({size}, torch::kDouble), single = exact.to(torch::kFloat);
    AdamW slow(config, exact, list), fast(config, single, list);
    for (int step = 1; step <= 5; ++step) {
      const auto gradient = torch::randn({size}, torch::kDouble);
      slow.update(exact, gradient, step, 0.01 * step, 0.5);
      fast.update(single, gradient.to(torch::kFloat), step, 0.01 * step, 0.5);
    }
    EXPECT_LT((exact - single).abs().max().item<double>(), 10 * kFloatRounding);
    EXPECT_LT((slow.mean() - fast.mean()).abs().max().item<double>(), kFloatRounding);
    EXPECT_LT((slow.square() - fast.square()).abs().max().item<double>(), kFloatRounding);
  }
}

TEST(Clip, NormOfALargeGradientEqualsDoublePrecision) {
  const auto gradient = torch::randn({1'000'003});
  const double norm = gradient.to(torch::kDouble).norm().item<double>();
  EXPECT_NEAR(norm_of(gradient), norm, 1e-6 * norm);
}

}  // namespace
}  // namespace pno::train
