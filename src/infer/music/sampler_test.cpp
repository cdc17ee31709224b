#include "infer/music/sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/allocation_count.h"

namespace pno::infer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr int kDraws = 100000;

// Logits with these probabilities, plus a constant that must not matter.
std::vector<float> logits_of(const std::vector<double>& probabilities) {
  std::vector<float> logits;
  for (const double p : probabilities) logits.push_back(static_cast<float>(std::log(p) + 3.7));
  return logits;
}

std::vector<int> draw_counts(const SamplerOptions& options, const std::vector<float>& logits,
                             std::uint64_t seed = 1) {
  Sampler sampler(options, static_cast<int>(logits.size()), seed);
  std::vector<int> counts(logits.size());
  for (int i = 0; i < kDraws; ++i) ++counts[sampler.draw(logits)];
  return counts;
}

// Chi-square of the counts against the probabilities; probability 0 must not be drawn.
double chi_square(const std::vector<int>& counts, const std::vector<double>& probabilities) {
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = kDraws * probabilities[i];
    if (expected == 0) {
      EXPECT_EQ(counts[i], 0) << "event " << i;
    } else {
      sum += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
  }
  return sum;
}

// The ids that are drawn at least once.
std::vector<int> drawn(const SamplerOptions& options, const std::vector<float>& logits) {
  const auto counts = draw_counts(options, logits);
  std::vector<int> ids;
  for (std::size_t id = 0; id < counts.size(); ++id) {
    if (counts[id] > 0) ids.push_back(static_cast<int>(id));
  }
  return ids;
}

// 99.9 % quantiles of chi-square by degrees of freedom.
constexpr double kBound1 = 10.83, kBound2 = 13.82, kBound4 = 18.47;

const std::vector<double> kProbabilities{0.1, 0.4, 0.05, 0.3, 0.15};

TEST(Sampler, DrawsWithTheProbabilitiesOfTheModel) {
  EXPECT_LT(chi_square(draw_counts({}, logits_of(kProbabilities)), kProbabilities), kBound4);
}

TEST(Sampler, DrawsFromAFullVocabularyWithTheProbabilitiesOfTheModel) {
  constexpr int kVocabulary = 390;
  constexpr double kBound389 = 480.0;  // the 99.9 % quantile
  std::vector<double> probabilities;
  double sum = 0;
  for (int i = 0; i < kVocabulary; ++i) sum += probabilities.emplace_back(1 + i % 7);
  for (double& p : probabilities) p /= sum;
  EXPECT_LT(chi_square(draw_counts({}, logits_of(probabilities)), probabilities), kBound389);
}

TEST(Sampler, TemperatureSharpensAndFlattens) {
  for (const double temperature : {0.5, 2.0}) {
    auto expected = kProbabilities;
    double sum = 0;
    for (double& p : expected) sum += p = std::pow(p, 1 / temperature);
    for (double& p : expected) p /= sum;
    const auto counts = draw_counts({.temperature = temperature}, logits_of(kProbabilities));
    EXPECT_LT(chi_square(counts, expected), kBound4) << temperature;
  }
}

TEST(Sampler, TemperatureZeroTakesTheMostLikely) {
  EXPECT_THAT(drawn({.temperature = 0}, logits_of(kProbabilities)), ElementsAre(1));
  EXPECT_THAT(drawn({.temperature = 0}, {1, 5, 5, 2}), ElementsAre(1)) << "the lower id of two";
}

TEST(Sampler, TinyTemperatureStillDraws) {
  EXPECT_THAT(drawn({.temperature = 5e-324}, {-3e38F, 2, 3e38F, 1}), ElementsAre(2));
  EXPECT_THAT(drawn({.temperature = 5e-324}, {5, 1, 5}), ElementsAre(0, 2));
}

TEST(Sampler, TopKKeepsTheKMostLikely) {
  const auto logits = logits_of(kProbabilities);
  const auto counts = draw_counts({.top_k = 3}, logits);
  EXPECT_LT(chi_square(counts, {0, 0.4 / 0.85, 0, 0.3 / 0.85, 0.15 / 0.85}), kBound2);
  EXPECT_THAT(drawn({.top_k = 1}, logits), ElementsAre(1));
  EXPECT_LT(chi_square(draw_counts({.top_k = 5}, logits), kProbabilities), kBound4);
  EXPECT_LT(chi_square(draw_counts({.top_k = 1000}, logits), kProbabilities), kBound4);
}

TEST(Sampler, TopKOfEqualLogitsKeepsTheLowerIds) {
  EXPECT_THAT(drawn({.top_k = 2}, {1, 1, 1, 1}), ElementsAre(0, 1));
}

TEST(Sampler, TopPKeepsTheFewestThatReachP) {
  const auto logits = logits_of(kProbabilities);
  const auto counts = draw_counts({.top_p = 0.69}, logits);
  EXPECT_LT(chi_square(counts, {0, 0.4 / 0.7, 0, 0.3 / 0.7, 0}), kBound1);
  EXPECT_THAT(drawn({.top_p = 0.71}, logits), UnorderedElementsAre(1, 3, 4));
  EXPECT_THAT(drawn({.top_p = 1e-9}, logits), ElementsAre(1)) << "never none";
  EXPECT_LT(chi_square(draw_counts({.top_p = 1}, logits), kProbabilities), kBound4);
}

TEST(Sampler, MinPKeepsEventsRelativeToTheMostLikely) {
  const auto logits = logits_of(kProbabilities);
  EXPECT_THAT(drawn({.min_p = 0.7}, logits), UnorderedElementsAre(1, 3));
  EXPECT_THAT(drawn({.min_p = 0.3}, logits), UnorderedElementsAre(1, 3, 4));
  EXPECT_THAT(drawn({.min_p = 1}, logits), ElementsAre(1)) << "never none";
  EXPECT_LT(chi_square(draw_counts({.min_p = 0.2}, logits),
                       {0.1 / 0.95, 0.4 / 0.95, 0, 0.3 / 0.95, 0.15 / 0.95}),
            kBound4);
}

TEST(Sampler, FiltersApplyAfterTheTemperatureInOrder) {
  const auto logits = logits_of(kProbabilities);
  // At temperature 1/2 the squares count: .16, .09, .0225 of .285 in all.
  EXPECT_THAT(drawn({.temperature = 0.5, .top_p = 0.85}, logits), UnorderedElementsAre(1, 3));
  // Of the two likeliest the first has 4/7, so that it alone reaches 0.5.
  EXPECT_THAT(drawn({.top_k = 2, .top_p = 0.5}, logits), ElementsAre(1));
  EXPECT_THAT(drawn({.top_k = 4, .top_p = 0.9, .min_p = 0.5}, logits), UnorderedElementsAre(1, 3));
}

TEST(Sampler, NeverDrawsMinusInfinityOrNaN) {
  const std::vector<float> logits{kNever, 0, kNever, std::nanf(""), 0};
  const auto counts = draw_counts({}, logits);
  EXPECT_LT(chi_square(counts, {0, 0.5, 0, 0, 0.5}), kBound1);
  EXPECT_THAT(drawn({.top_k = 4}, logits), ElementsAre(1, 4));
  EXPECT_THAT(drawn({.temperature = 0}, logits), ElementsAre(1));
  EXPECT_THAT(drawn({.top_p = 0.99}, logits), ElementsAre(1, 4));
}

TEST(SamplerDeathTest, AbortsWithoutAFiniteLogit) {
  Sampler sampler({}, 2, 1);
  EXPECT_DEATH(sampler.draw(std::vector<float>{kNever, kNever}), "finite");
}

TEST(Sampler, SameSeedDrawsTheSame) {
  const auto logits = logits_of(kProbabilities);
  const auto sequence = [&](std::uint64_t seed, std::uint64_t stream) {
    Sampler sampler({}, 5, seed, stream);
    std::vector<events::Token> tokens;
    for (int i = 0; i < 100; ++i) tokens.push_back(sampler.draw(logits));
    return tokens;
  };
  EXPECT_EQ(sequence(1, 0), sequence(1, 0));
  EXPECT_NE(sequence(1, 0), sequence(2, 0));
  EXPECT_NE(sequence(1, 0), sequence(1, 1));
}

TEST(Sampler, DrawDoesNotAllocate) {
  const auto logits = logits_of(kProbabilities);
  Sampler sampler({.temperature = 0.9, .top_k = 4, .top_p = 0.9, .min_p = 0.01}, 5, 1);
  const auto before = allocation_count();
  for (int i = 0; i < 100; ++i) sampler.draw(logits);
  EXPECT_EQ(allocation_count(), before);
}

TEST(SamplerOptions, OutOfRangeIsAUsageError) {
  const double nan = std::nan("");
  const std::vector<std::pair<SamplerOptions, std::string>> cases = {
      {{.temperature = -0.1}, "temperature is -0.1"},
      {{.temperature = nan}, "temperature is nan"},
      {{.temperature = HUGE_VAL}, "temperature is inf"},
      {{.top_k = -1}, "top_k is -1"},
      {{.top_p = 0}, "top_p is 0"},
      {{.top_p = 1.1}, "top_p is 1.1"},
      {{.top_p = nan}, "top_p is nan"},
      {{.min_p = -0.1}, "min_p is -0.1"},
      {{.min_p = 2}, "min_p is 2"},
      {{.min_p = nan}, "min_p is nan"}};
  for (const auto& [options, message] : cases) {
    const auto valid = options.validate();
    ASSERT_FALSE(valid.has_value()) << message;
    EXPECT_THAT(valid.error().message, HasSubstr(message));
    EXPECT_EQ(valid.error().kind, Error::Kind::usage);
  }
  EXPECT_TRUE((
      SamplerOptions{.temperature = 0, .top_k = 0, .top_p = 1, .min_p = 1}.validate().has_value()));
}

}  // namespace
}  // namespace pno::infer
