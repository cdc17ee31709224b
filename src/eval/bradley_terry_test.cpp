#include "eval/bradley_terry.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pno::eval {
namespace {

TEST(BradleyTerry, TwoSystemsHaveTheOddsOfTheirWins) {
  // 30 wins to 10, with half a win for each from the prior's ties: checked below by its equation.
  std::vector<Preference> preferences;
  for (int i = 0; i < 40; ++i) {
    preferences.push_back({.a = 0, .b = 1, .share_a = i < 30 ? 1.0 : 0.0});
  }
  const auto strengths = fit_bradley_terry(2, preferences, {});
  EXPECT_NEAR(strengths[0].log_strength.value + strengths[1].log_strength.value, 0, 1e-9);
  const double difference = strengths[0].log_strength.value - strengths[1].log_strength.value;
  EXPECT_NEAR(difference, std::log(3.0), 0.05);
  EXPECT_LT(difference, std::log(3.0)) << "the prior draws them together";
  EXPECT_EQ(strengths[0].preferred, 30);
  EXPECT_EQ(strengths[0].comparisons, 40U);
  EXPECT_LT(strengths[0].log_strength.low, strengths[0].log_strength.value);
  EXPECT_GT(strengths[0].log_strength.low, 0) << "30 of 40 is significant";
}

TEST(BradleyTerry, ASystemThatAlwaysWinsIsFinite) {
  std::vector<Preference> preferences;
  for (int i = 0; i < 20; ++i) preferences.push_back({.a = 1, .b = 0, .share_a = 1});
  const auto strengths = fit_bradley_terry(2, preferences, {});
  EXPECT_GT(strengths[1].log_strength.value, 1);
  EXPECT_TRUE(std::isfinite(strengths[1].log_strength.high));
}

TEST(BradleyTerry, TiesAreHalfAWinForEach) {
  const std::vector<Preference> preferences(10, {.a = 0, .b = 1, .share_a = 0.5});
  const auto strengths = fit_bradley_terry(2, preferences, {});
  EXPECT_NEAR(strengths[0].log_strength.value, 0, 1e-9);
  EXPECT_EQ(strengths[0].preferred, 5);
}

TEST(BradleyTerry, KnownStrengthsAreFoundAgain) {
  const std::vector<double> known = {1.0, 0.0, -1.0};
  RandomStream random(3, 0);
  std::vector<Preference> preferences;
  for (std::size_t i = 0; i < 6000; ++i) {
    const std::size_t a = i % 3, b = (a + 1 + i / 3 % 2) % 3;
    const double probability = 1 / (1 + std::exp(known[b] - known[a]));
    preferences.push_back({.listener = i % 20,
                           .a = a,
                           .b = b,
                           .share_a = random.uniform() < probability ? 1.0 : 0.0});
  }
  const auto strengths = fit_bradley_terry(3, preferences, {.resamples = 200});
  for (std::size_t i = 0; i < known.size(); ++i) {
    const auto& found = strengths[i].log_strength;
    EXPECT_NEAR(found.value, known[i], 0.1);
    EXPECT_LT(found.low, known[i]);
    EXPECT_GT(found.high, known[i]);
    EXPECT_LT(found.high - found.low, 0.3);
  }
}

TEST(BradleyTerry, WithoutAnswersAllAreEqual) {
  const auto strengths = fit_bradley_terry(3, {}, {});
  for (const auto& each : strengths) {
    EXPECT_EQ(each.log_strength.value, 0);
    EXPECT_EQ(each.comparisons, 0U);
  }
}

}  // namespace
}  // namespace pno::eval
