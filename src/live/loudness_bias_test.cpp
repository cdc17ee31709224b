#include "live/loudness_bias.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/random.h"

namespace pno::live {
namespace {

constexpr auto kV = events::kPerformance;

std::vector<float> random_logits(std::uint64_t seed) {
  RandomStream random(seed, 1);
  std::vector<float> logits(static_cast<std::size_t>(kV.outputs()));
  for (auto& logit : logits) logit = static_cast<float>(random.uniform() * 6 - 3);
  return logits;
}

// The sum of probabilities (not normalised) of all VELOCITYs, and their mean velocity.
std::pair<double, double> mass_and_mean(const std::vector<float>& logits) {
  double mass = 0, sum = 0;
  for (int bin = 0; bin < kV.velocity_bins; ++bin) {
    const double weight = std::exp(logits[kV.velocity(bin)]);
    mass += weight;
    sum += weight * kV.bin_velocity(bin);
  }
  return {mass, sum / mass};
}

TEST(LoudnessBias, MovesTheMeanAndKeepsTheMassAndAllOtherEvents) {
  for (const double target : {30.0, 64.0, 100.0}) {
    const auto before = random_logits(7);
    auto after = before;
    bias_loudness(kV, target, after);
    EXPECT_NEAR(mass_and_mean(after).first, mass_and_mean(before).first, 1e-4);
    EXPECT_NEAR(mass_and_mean(after).second, target, 12);
    for (std::size_t token = 0; token < before.size(); ++token) {
      const bool is_velocity = token >= kV.velocity(0) && token < kV.bos();
      if (is_velocity) continue;
      EXPECT_EQ(after[token], before[token]);
    }
  }
}

TEST(LoudnessBias, EventsThatAreNotAllowedStaySo) {
  const float never = -std::numeric_limits<float>::infinity();
  auto logits = random_logits(8);
  logits[kV.velocity(20)] = never;
  bias_loudness(kV, 80, logits);
  EXPECT_EQ(logits[kV.velocity(20)], never);
  EXPECT_TRUE(std::isfinite(logits[kV.velocity(21)]));
  std::vector<float> none(logits.size(), never);
  bias_loudness(kV, 80, none);
  EXPECT_THAT(none, testing::Each(never));
}

}  // namespace
}  // namespace pno::live
