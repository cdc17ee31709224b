#include "infer/beam_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/interrupt.h"
#include "events/decode.h"
#include "infer/test_models.h"

namespace pno::infer {
namespace {

using events::Token;

constexpr auto& kConfig = kTestConfig;
constexpr auto& kVocabulary = kTestVocabulary;

BeamResult search(const std::shared_ptr<const Engine>& engine, const GenerateOptions& options,
                  int width) {
  auto result = beam_search(engine, options, width, {});
  EXPECT_TRUE(result.has_value()) << result.error().message;
  return result ? *result : BeamResult{};
}

// The sum of log-probabilities, computed with one session.
double log_probability(const std::shared_ptr<const Engine>& engine, const GenerateOptions& options,
                       std::span<const Token> tokens) {
  Session session(engine);
  MusicSampler sampler(kVocabulary, options.draw, 1);
  auto logits = session.step(kVocabulary.bos());
  double sum = 0;
  for (const Token token : tokens) {
    const auto constrained = sampler.constrained_logits(logits);
    double mass = 0;
    for (const float logit : constrained) mass += std::exp(static_cast<double>(logit));
    sum += constrained[token] - std::log(mass);
    sampler.read(token);
    logits = session.step(token);
  }
  return sum;
}

std::span<const Token> grown(const BeamResult& result) {
  return std::span(result.generated.tokens)
      .first(static_cast<std::size_t>(result.generated.drawn_tokens));
}

TEST(BeamSearch, WidthOneEqualsADrawAtTemperatureZero) {
  const auto engine = TestModel(kConfig).engine();
  GenerateOptions options{.draw = {.sampler = {.temperature = 0}}, .seconds = 0, .tokens = 80};
  const auto greedy = generate(engine, options, {});
  ASSERT_TRUE(greedy.has_value());
  EXPECT_EQ(search(engine, options, 1).generated.tokens, greedy->tokens);
}

TEST(BeamSearch, ReturnsTheLogProbabilityOfItsResult) {
  const auto engine = TestModel(kConfig).engine();
  const GenerateOptions options{
      .draw = {.controls = {.key = Key{0, false}}}, .seconds = 0, .tokens = 60};
  for (const int width : {1, 2, 5}) {
    const auto result = search(engine, options, width);
    EXPECT_NEAR(result.log_probability, log_probability(engine, options, grown(result)), 1e-3);
  }
}

// A beam wide enough to keep every candidate equals an exhaustive search.
TEST(BeamSearch, WideBeamFindsTheMostLikely) {
  TestModel model(kConfig);
  // Only a few events are likely, so that a beam holds all pairs of them.
  auto& bias = model.weights["output.bias"];
  std::ranges::fill(bias, -30.0);
  for (const Token token :
       {kVocabulary.time_shift(1), kVocabulary.time_shift(4), kVocabulary.velocity(0),
        kVocabulary.velocity(1), kVocabulary.note_on(60), kVocabulary.note_on(62)}) {
    bias[token] = 0;
  }
  const auto engine = model.engine();
  const GenerateOptions options{.seconds = 0, .tokens = 3};
  double best = -HUGE_VAL;
  for (const Token a : {kVocabulary.time_shift(1), kVocabulary.time_shift(4),
                        kVocabulary.velocity(0), kVocabulary.velocity(1)}) {
    for (Token b = 0; b < kVocabulary.bos(); ++b) {
      for (Token c = 0; c < kVocabulary.bos(); ++c) {
        if (bias[b] < 0 || bias[c] < 0) continue;
        const double sum = log_probability(engine, options, std::array{a, b, c});
        if (sum > best) best = sum;
      }
    }
  }
  EXPECT_NEAR(search(engine, options, 36).log_probability, best, 1e-4);
}

TEST(BeamSearch, WiderBeamIsNotLessLikelyHere) {
  const auto engine = TestModel(kConfig).engine();
  const GenerateOptions options{.seconds = 0, .tokens = 40};
  EXPECT_GT(search(engine, options, 8).log_probability, search(engine, options, 1).log_probability);
}

TEST(BeamSearch, ObeysTheConstraintsWithAnyModel) {
  for (const auto attention : {model::Attention::relative, model::Attention::absolute}) {
    auto config = kConfig;
    config.attention = attention;
    const auto engine = TestModel(config).engine();
    const auto result = search(engine, {.seconds = 0, .tokens = 300}, 4);
    EXPECT_EQ(events::decode(result.generated.tokens, kVocabulary).mended.total(), 0);
  }
}

TEST(BeamSearch, ContinuesThePrimeAndStopsAfterTheRequestedSeconds) {
  const auto engine = TestModel(kConfig).engine();
  const std::vector<Token> prime = {kVocabulary.bos(), kVocabulary.velocity(0),
                                    kVocabulary.note_on(60), kVocabulary.time_shift(1)};
  const auto result = search(engine, {.prime = prime, .seconds = 0.5}, 3);
  EXPECT_TRUE(std::equal(prime.begin(), prime.end(), result.generated.tokens.begin()));
  const auto decoded = events::decode(result.generated.tokens, kVocabulary);
  EXPECT_GE(decoded.length_us, 510'000);
}

TEST(BeamSearch, AnInterruptEndsThePieceThere) {
  const auto engine = TestModel(kConfig).engine();
  const auto result = beam_search(engine, {.seconds = 0, .tokens = 1000}, 2, [](auto done, auto) {
    if (done == 3) set_interrupted(true);
  });
  set_interrupted(false);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->generated.ended, Ended::interrupted);
  EXPECT_EQ(result->generated.drawn_tokens, 3);
}

TEST(BeamSearch, RefusesTheOptionsThatGenerateRefuses) {
  const auto engine = TestModel(kConfig).engine();
  const auto result = beam_search(engine, {.seconds = 0}, 2, {});
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().message, testing::HasSubstr("without an end"));
}

}  // namespace
}  // namespace pno::infer
