#include "eval/kernel_density.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"

namespace pno::eval {
namespace {

std::vector<float> normal_values(std::uint64_t seed, std::size_t count, double mean, double width) {
  RandomStream random(seed, 0);
  std::vector<float> values;
  while (values.size() < count) {
    const double value = mean + width * random.normal();
    if (value >= 0) values.push_back(static_cast<float>(value));
  }
  return values;
}

TEST(KernelDensity, AListOverlapsWithItself) {
  const auto values = normal_values(1, 1000, 5, 1);
  const auto same = compare_densities(values, values);
  EXPECT_NEAR(same.overlap, 1, 1e-9);
  EXPECT_NEAR(same.divergence, 0, 1e-9);
}

// Two normal densities with means d apart overlap by 2 Φ(-d/2), and their divergence is d²/2.
TEST(KernelDensity, NormalDensitiesHaveTheKnownOverlapAndDivergence) {
  const auto compared =
      compare_densities(normal_values(1, 20'000, 10, 1), normal_values(2, 20'000, 11, 1));
  constexpr double kTolerance = 0.02;  // of the draws and of the bandwidth
  EXPECT_NEAR(compared.overlap, std::erfc(0.5 / std::sqrt(2.0)), kTolerance);
  EXPECT_NEAR(compared.divergence, 0.5, 2 * kTolerance);
}

// |N(0, 1)| is denser at 0 than anywhere: without reflection half of a kernel there would be lost,
// and the overlap of two draws would still be near 1, but not that with a uniform density.
TEST(KernelDensity, MassNearZeroIsKept) {
  std::vector<float> half_normal, uniform;
  RandomStream random(3, 0);
  for (int i = 0; i < 20'000; ++i) {
    half_normal.push_back(static_cast<float>(std::abs(random.normal())));
    uniform.push_back(static_cast<float>(random.uniform()));
  }
  // min(2 φ(x), 1 on [0, 1]): 2 φ(x) is below 1 throughout, and its integral to 1 is 0.6827.
  EXPECT_NEAR(compare_densities(half_normal, uniform).overlap, 0.6827, 0.02);
}

TEST(KernelDensity, PointsOverlapOnlyIfTheyAreEqual) {
  const std::vector<float> zeros(10, 0), ones(5, 1), twos(5, 2);
  EXPECT_EQ(compare_densities(zeros, zeros).overlap, 1);
  EXPECT_NEAR(compare_densities(ones, ones).overlap, 1, 1e-9);
  const auto apart = compare_densities(ones, twos);
  EXPECT_LT(apart.overlap, 1e-3);
  EXPECT_GT(apart.divergence, 5);
  EXPECT_TRUE(std::isfinite(apart.divergence));
}

}  // namespace
}  // namespace pno::eval
