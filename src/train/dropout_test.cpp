#include "train/dropout.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pno::train {
namespace {

TEST(Dropout, DropsItsShareAndKeepsTheMean) {
  constexpr double kRate = 0.1, kSigmas = 5;
  constexpr int kCount = 100'003;  // not a multiple of the four draws of a word
  const auto mask = Dropout{kRate, 3}.mask({kCount}, torch::kFloat);
  const double dropped = (mask == 0).sum().item<double>() / kCount;
  EXPECT_NEAR(dropped, kRate, kSigmas * std::sqrt(kRate * (1 - kRate) / kCount));
  EXPECT_NEAR(mask.mean().item<double>(), 1, kSigmas * std::sqrt(kRate / (1 - kRate) / kCount));
}

TEST(Dropout, IsAPureFunctionOfSeedAndPlace) {
  const Dropout dropout{0.5, 7};
  const auto draw = [](const Dropout& of) { return of.mask({4, 33}, torch::kFloat); };
  EXPECT_TRUE(torch::equal(draw(dropout), draw(dropout)));
  EXPECT_FALSE(torch::equal(draw(dropout), draw({0.5, 8})));
  EXPECT_FALSE(torch::equal(draw(dropout.at(0)), draw(dropout.at(1))));
  EXPECT_FALSE(torch::equal(draw(dropout.at(0).at(1)), draw(dropout.at(1).at(0))));
}

TEST(Dropout, OfRateZeroChangesNothing) {
  const auto x = torch::ones({3});
  EXPECT_TRUE(Dropout{}(x).is_same(x));
}

}  // namespace
}  // namespace pno::train
