#include "infer/music/detour.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"
#include "events/decode.h"
#include "infer/music/test_music.h"

namespace pno::infer {
namespace {

using events::kPerformance;
using events::Token;

MusicState state_after(const std::vector<Token>& tokens) {
  MusicState state(kPerformance, MusicLimits());
  for (const Token token : tokens) state.read(token);
  return state;
}

const std::vector<Token> kNote = {kPerformance.velocity(9), kPerformance.note_on(60)};

TEST(Detour, LeadsToRestrikesAndTheEndAlone) {
  auto state = state_after(kNote);
  state.read(kPerformance.time_shift(20));
  EXPECT_TRUE(Detour::to(kPerformance.note_on(60), kPerformance, state).exists());
  EXPECT_TRUE(Detour::to(kPerformance.eos(), kPerformance, state).exists());
  EXPECT_FALSE(Detour::to(kPerformance.note_off(61), kPerformance, state).exists());
  EXPECT_FALSE(Detour::to(kPerformance.velocity(9), kPerformance, state).exists());
  EXPECT_FALSE(Detour::to(kPerformance.eos(), kPerformance, state_after({})).exists());
}

TEST(Detour, DoesNotRestrikeInTheStepOfTheStrikeOrTooSoon) {
  auto state = state_after(kNote);
  EXPECT_FALSE(Detour::to(kPerformance.note_on(60), kPerformance, state).exists());
  state.read(kPerformance.time_shift(7));
  EXPECT_FALSE(Detour::to(kPerformance.note_on(60), kPerformance, state).exists());
  state.read(kPerformance.time_shift(1));
  EXPECT_TRUE(Detour::to(kPerformance.note_on(60), kPerformance, state).exists());
}

TEST(Detour, LetsNotesOfThisStepSoundBeforeTheEnd) {
  auto state = state_after(kNote);
  auto detour = Detour::to(kPerformance.eos(), kPerformance, state);
  std::vector<Token> tokens;
  while (const auto next = detour.next(kPerformance, state)) {
    tokens.push_back(*next);
    state.read(*next);
    if (detour.ends_with(*next, kPerformance)) break;
  }
  EXPECT_EQ(tokens, (std::vector<Token>{kPerformance.time_shift(50), kPerformance.note_off(60),
                                        kPerformance.eos()}));
}

// From any allowed state the events of a detour are allowed, and few.
TEST(Detour, ArrivesFromAnyState) {
  int restrikes = 0, ends = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    RandomStream random(seed, 0);
    MusicState state(kPerformance, MusicLimits());
    std::vector<Token> tokens;
    const auto play = [&](Token token) {
      ASSERT_EQ(state.fault_of(token), Fault::none);
      tokens.push_back(token);
      state.read(token);
    };
    Detour detour;
    for (int i = 0; i < 400; ++i) {
      if (const auto next = detour.next(kPerformance, state)) {
        play(*next);
        if (!detour.ends_with(*next, kPerformance)) continue;
        ++(*next == kPerformance.eos() ? ends : restrikes);
        if (*next == kPerformance.eos()) break;
        detour = {};
        continue;
      }
      const auto wish = static_cast<Token>(random.below(128));
      if (!detour.exists()) {
        detour = Detour::to(i > 300 ? kPerformance.eos() : wish, kPerformance, state);
        if (detour.exists()) continue;
      }
      Token token = wish;
      while (state.fault_of(token) != Fault::none) {
        token = static_cast<Token>(random.below(kPerformance.bos()));
      }
      play(token);
    }
    EXPECT_EQ(problem_of(tokens, kPerformance, MusicLimits()).find("encode"), std::string::npos);
  }
  EXPECT_GT(restrikes, 100);
  EXPECT_GT(ends, 50);
}

}  // namespace
}  // namespace pno::infer
