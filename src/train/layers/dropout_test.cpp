#include "train/layers/dropout.h"

#include <gtest/gtest.h>

#include <cmath>

#include "train/kernels/dropout_kernels.h"

namespace pno::train {
namespace {

TEST(Dropout, DropsAtItsRateAndPreservesTheMean) {
  constexpr double kRate = 0.1, kSigmas = 5;
  constexpr int kCount = 100'003;
  const auto mask = Dropout{kRate, 3}.mask({kCount}, torch::kFloat);
  const double dropped = (mask == 0).sum().item<double>() / kCount;
  EXPECT_NEAR(dropped, kRate, kSigmas * std::sqrt(kRate * (1 - kRate) / kCount));
  EXPECT_NEAR(mask.mean().item<double>(), 1, kSigmas * std::sqrt(kRate / (1 - kRate) / kCount));
}

TEST(Dropout, MaskIsAPureFunctionOfSeedAndPlace) {
  const Dropout dropout{0.5, 7};
  const auto draw = [](const Dropout& of) { return of.mask({4, 33}, torch::kFloat); };
  EXPECT_TRUE(torch::equal(draw(dropout), draw(dropout)));
  EXPECT_FALSE(torch::equal(draw(dropout), draw({0.5, 8})));
  EXPECT_FALSE(torch::equal(draw(dropout.at(0)), draw(dropout.at(1))));
  EXPECT_FALSE(torch::equal(draw(dropout.at(0).at(1)), draw(dropout.at(1).at(0))));
}

// Float and double, mask and product, all at once and in parts.
TEST(Dropout, AllImplementationsDropTheSameElements) {
  const Dropout dropout{0.3, 9};
  const auto mask = dropout.mask({5, 8191}, torch::kFloat);
  const auto exact = dropout.mask({5, 8191}, torch::kDouble);
  EXPECT_LT((mask - exact).abs().max().item<double>(), 1e-6);
  auto x = torch::randn({5, 8191}, torch::requires_grad());
  const auto dropped = dropout(x);
  EXPECT_TRUE(torch::equal(dropped, x * mask));
  dropped.backward(torch::ones_like(x));
  EXPECT_TRUE(torch::equal(x.grad(), mask));
  const DropoutDraws draws(0.3, 9);
  std::vector<float> part(100);
  fill_mask(draws, 8000, part.data(), 100);
  EXPECT_TRUE(torch::equal(torch::tensor(part), mask.view(-1).narrow(0, 8000, 100)));
}

// Neighbours, elements some rows apart, and the same element with another seed are both dropped as
// often as independent draws.
TEST(Dropout, DrawsAreIndependent) {
  constexpr double kRate = 0.25, kSigmas = 5;
  constexpr std::int64_t kCount = 1 << 20;
  const auto dropped = [](std::uint64_t seed) {
    return Dropout{kRate, seed}.mask({kCount}, torch::kFloat) == 0;
  };
  const auto one = dropped(1);
  const double sigma = std::sqrt(kRate * kRate * (1 - kRate * kRate) / kCount);
  const auto expect_independent = [&](const torch::Tensor& a, const torch::Tensor& b) {
    EXPECT_NEAR(a.logical_and(b).to(torch::kDouble).mean().item<double>(), kRate * kRate,
                kSigmas * sigma * 1.5);  // overlapping pairs
  };
  for (const std::int64_t lag : {1, 2, 16, 64, 256, 4096}) expect_independent(one, one.roll(lag));
  for (const std::uint64_t seed : {2ULL, 3ULL, 1ULL << 32, (1ULL << 32) + 1}) {
    expect_independent(one, dropped(seed));
    expect_independent(one, dropped(seed).roll(1));
  }
}

TEST(Dropout, RateZeroReturnsTheInput) {
  const auto x = torch::ones({3});
  EXPECT_TRUE(Dropout{}(x).is_same(x));
}

}  // namespace
}  // namespace pno::train
