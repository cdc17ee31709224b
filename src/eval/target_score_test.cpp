#include "eval/target_score.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace pno::eval {
namespace {

constexpr double kTolerance = 1e-6;  // of float32 exponentials

TEST(TargetScore, EqualsTheDefinitionOfSoftmax) {
  const std::vector<float> logits = {1, -2, 0.5F, 3};
  const std::array<std::uint64_t, 1> allowed = {0b0101};
  double all = 0;
  for (const float logit : logits) all += std::exp(static_cast<double>(logit));
  const auto score = score_target(logits, 2, allowed);
  EXPECT_EQ(score.tokens, 1);
  EXPECT_EQ(score.hits, 0);
  EXPECT_NEAR(score.nll_sum, std::log(all) - 0.5, kTolerance);
  EXPECT_NEAR(score.grammar_nll_sum, std::log(std::exp(1.0) + std::exp(0.5)) - 0.5, kTolerance);
  EXPECT_EQ(score_target(logits, 3, allowed).hits, 1);
}

TEST(TargetScore, IsFiniteIfTheAllowedEventsAreVeryUnlikely) {
  std::vector<float> logits(100, -500);
  logits[70] = 500;
  const std::array<std::uint64_t, 2> allowed = {0b11, 0};
  const auto score = score_target(logits, 1, allowed);
  EXPECT_NEAR(score.nll_sum, 1000, 1e-3);
  EXPECT_NEAR(score.grammar_nll_sum, std::log(2.0), kTolerance);
}

TEST(TargetScore, CountsTheTargetAsAllowed) {
  const std::vector<float> logits = {0, 0, 0};
  const std::array<std::uint64_t, 1> none = {0};
  EXPECT_NEAR(score_target(logits, 1, none).grammar_nll_sum, 0, kTolerance);
  EXPECT_NEAR(score_target(logits, 1, none).nll_sum, std::log(3.0), kTolerance);
}

}  // namespace
}  // namespace pno::eval
