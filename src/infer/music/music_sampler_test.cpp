#include "infer/music/music_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "base/allocation_count.h"

namespace pno::infer {
namespace {

using events::kPerformance;
using events::Token;

constexpr float kNever = -HUGE_VALF;

std::vector<float> logits_of(float others, const std::map<Token, float>& given) {
  std::vector<float> logits(static_cast<std::size_t>(kPerformance.outputs()), others);
  for (const auto& [token, logit] : given) logits[token] = logit;
  return logits;
}

// After VELOCITY, NOTE_ON 60, TIME_SHIFT 5.
MusicSampler one_note(const DrawOptions& options = {}, std::uint64_t seed = 1) {
  MusicSampler sampler(kPerformance, options, seed);
  for (const Token token :
       {kPerformance.velocity(9), kPerformance.note_on(60), kPerformance.time_shift(5)}) {
    sampler.read(token);
  }
  return sampler;
}

// Probability 1/2 for events that are not allowed, 1/8 and 3/8 for two that are.
const auto kHalfAtFault = logits_of(kNever, {{kPerformance.note_off(61), std::log(0.5F)},
                                             {kPerformance.note_on(70), std::log(0.125F)},
                                             {kPerformance.note_off(60), std::log(0.375F)}});

TEST(MusicSampler, DrawsAllowedEventsAsIfTheOthersDidNotExist) {
  auto sampler = one_note();
  constexpr int kDraws = 100000;
  std::map<Token, int> counts;
  for (int i = 0; i < kDraws; ++i) ++counts[sampler.draw(kHalfAtFault).value()];
  constexpr double kBound1 = 10.83;  // the 99.9 % quantile of chi-square
  const auto term = [](int count, double expected) {
    return (count - expected) * (count - expected) / expected;
  };
  const double chi_square = term(counts[kPerformance.note_on(70)], kDraws * 0.25) +
                            term(counts[kPerformance.note_off(60)], kDraws * 0.75);
  EXPECT_EQ(counts.size(), 2U);
  EXPECT_LT(chi_square, kBound1);
}

TEST(MusicSampler, CountsRepeatedDraws) {
  auto sampler = one_note();
  constexpr int kDraws = 10000;
  for (int i = 0; i < kDraws; ++i) (void)sampler.draw(kHalfAtFault);
  EXPECT_NEAR(static_cast<double>(sampler.mended()) / kDraws, 0.5, 0.02);
  EXPECT_EQ(sampler.mended(Fault::stray_note_off), sampler.mended());
}

TEST(MusicSampler, NeverDrawsBosAndDrawsEosOnlyWithUntilEnd) {
  const auto logits = logits_of(
      kNever,
      {{kPerformance.bos(), 50.F}, {kPerformance.eos(), 40.F}, {kPerformance.note_off(60), 0.F}});
  for (const bool unconstrained : {false, true}) {
    auto sampler = one_note({.unconstrained = unconstrained});
    EXPECT_LT(sampler.draw(logits).value(), kPerformance.bos());
    EXPECT_EQ(sampler.mended(), 0) << "not for the model to choose";
    auto ending = one_note({.unconstrained = unconstrained, .until_end = true});
    ending.read(kPerformance.note_off(60));
    EXPECT_EQ(ending.draw(logits), kPerformance.eos());
  }
}

// Draws and reads `count` events.
std::vector<Token> drawn(MusicSampler& sampler, const std::vector<float>& logits, int count) {
  std::vector<Token> tokens;
  for (int i = 0; i < count; ++i) {
    tokens.push_back(sampler.draw(logits).value());
    sampler.read(tokens.back());
  }
  return tokens;
}

TEST(MusicSampler, EndsSoundingNotesBeforeADrawnEos) {
  auto sampler = one_note({.until_end = true});
  EXPECT_THAT(drawn(sampler, logits_of(0, {{kPerformance.eos(), 40.F}}), 2),
              testing::ElementsAre(kPerformance.note_off(60), kPerformance.eos()));
  EXPECT_EQ(sampler.mended(Fault::piece_end), 1);
  EXPECT_EQ(sampler.mended(), 1);
}

TEST(MusicSampler, ADrawnEosWithoutNotesIsDrawnAgain) {
  MusicSampler sampler(kPerformance, {.until_end = true}, /*seed=*/1);
  EXPECT_NE(sampler.draw(logits_of(0, {{kPerformance.eos(), 40.F}})), kPerformance.eos());
  EXPECT_EQ(sampler.mended(Fault::piece_end), 1);
}

TEST(MusicSampler, ADrawnRestrikeIsANoteOffThenTheNoteOn) {
  auto sampler = one_note();
  sampler.read(kPerformance.time_shift(5));
  const auto restrike = logits_of(-40, {{kPerformance.note_on(60), 0.F}});
  EXPECT_THAT(drawn(sampler, restrike, 2),
              testing::ElementsAre(kPerformance.note_off(60), kPerformance.note_on(60)));
  EXPECT_EQ(sampler.mended(Fault::restrike), 1);
  EXPECT_EQ(sampler.mended(), 1);
}

TEST(MusicSampler, ARestrikeAfterOtherStrikesComesInTheNextStep) {
  auto sampler = one_note();
  sampler.read(kPerformance.time_shift(5));
  sampler.read(kPerformance.note_on(50));
  const auto restrike = logits_of(-40, {{kPerformance.note_on(60), 0.F}});
  EXPECT_THAT(drawn(sampler, restrike, 3),
              testing::ElementsAre(kPerformance.time_shift(1), kPerformance.note_off(60),
                                   kPerformance.note_on(60)));
  EXPECT_EQ(sampler.mended(), 1);
}

TEST(MusicSampler, ARestrikeAfterAVelocityWaitsForAnotherNote) {
  auto sampler = one_note();
  sampler.read(kPerformance.time_shift(5));
  sampler.read(kPerformance.velocity(20));
  const auto logits =
      logits_of(kNever, {{kPerformance.note_on(60), 40.F}, {kPerformance.note_on(72), 0.F}});
  EXPECT_THAT(drawn(sampler, logits, 4),
              testing::ElementsAre(kPerformance.note_on(72), kPerformance.time_shift(1),
                                   kPerformance.note_off(60), kPerformance.note_on(60)));
  EXPECT_EQ(sampler.mended(), 1);
}

TEST(MusicSampler, ADetourEndsIfAnotherEventIsRead) {
  auto sampler = one_note();
  sampler.read(kPerformance.time_shift(5));
  const auto restrike = logits_of(-40, {{kPerformance.note_on(60), 0.F}});
  EXPECT_EQ(sampler.draw(restrike), kPerformance.note_off(60));
  EXPECT_EQ(sampler.draw(restrike), kPerformance.note_off(60)) << "nothing was read";
  sampler.read(kPerformance.time_shift(7));
  const auto other = logits_of(-40, {{kPerformance.note_on(72), 0.F}});
  EXPECT_EQ(sampler.draw(other), kPerformance.note_on(72));
}

TEST(MusicSampler, ConstrainedLogitsFollowADetour) {
  auto sampler = one_note();
  sampler.read(kPerformance.time_shift(5));
  const auto restrike = logits_of(-40, {{kPerformance.note_on(60), 0.F}});
  for (const Token token : {kPerformance.note_off(60), kPerformance.note_on(60)}) {
    const auto logits = sampler.constrained_logits(restrike);
    EXPECT_EQ(logits[token], 0);
    EXPECT_EQ(std::count(logits.begin(), logits.end(), kNever), kPerformance.outputs() - 1);
    sampler.read(token);
  }
  EXPECT_EQ(sampler.mended(Fault::restrike), 1);
}

TEST(MusicSampler, UnconstrainedDrawsFromTheRawModel) {
  auto sampler = one_note({.unconstrained = true});
  const auto logits = logits_of(0, {{kPerformance.note_off(99), 40.F}});
  EXPECT_EQ(sampler.draw(logits), kPerformance.note_off(99));
  EXPECT_EQ(sampler.mended(), 0);
  std::vector<Token> tokens = {kPerformance.note_on(60)};
  sampler.close(tokens);
  EXPECT_EQ(tokens.size(), 1U) << "its notes are not ended either";
}

TEST(MusicSampler, DrawsNothingWithoutAFiniteLogit) {
  auto sampler = one_note();
  EXPECT_FALSE(sampler.draw(logits_of(kNever, {})));
  EXPECT_FALSE(sampler.draw(logits_of(std::nanf(""), {})));
  EXPECT_FALSE(sampler.draw(logits_of(HUGE_VALF, {})));
  EXPECT_FALSE(sampler.draw(logits_of(kNever, {{kPerformance.note_off(99), 1.F}})));
}

TEST(MusicSampler, ConstrainedLogitsAreThoseOfADraw) {
  auto sampler = one_note({.controls = {.key = Key{0, false}, .key_strength = 2}});
  const auto constrained = sampler.constrained_logits(logits_of(0, {}));
  EXPECT_EQ(constrained[kPerformance.note_off(99)], kNever);
  EXPECT_EQ(constrained[kPerformance.bos()], kNever);
  EXPECT_EQ(constrained[kPerformance.note_on(60)], kNever);
  EXPECT_EQ(constrained[kPerformance.note_off(60)], 0);
  EXPECT_NEAR(constrained[kPerformance.note_on(72)] - constrained[kPerformance.note_on(73)], 2,
              1e-5);
}

TEST(MusicSampler, DoesNotAllocate) {
  auto sampler =
      one_note({.sampler = {.temperature = 0.9, .top_k = 40, .top_p = 0.9},
                .controls = {.key = Key{0, false}, .density = 5, .repetition_penalty = 1}});
  const auto logits = logits_of(0, {});
  const auto before = allocation_count();
  for (int i = 0; i < 1000; ++i) sampler.read(sampler.draw(logits).value());
  EXPECT_EQ(allocation_count(), before);
}

}  // namespace
}  // namespace pno::infer
