// Sampling with roles: the music of another player, and gaps that are filled.

#include <gtest/gtest.h>

#include <vector>

#include "base/allocation_count.h"
#include "base/random.h"
#include "events/text.h"
#include "infer/music/music_sampler.h"

namespace pno::infer {
namespace {

using events::Kind;
using events::Role;
using events::Token;

constexpr auto& kVocabulary = events::kPerformancePlus;

std::vector<Token> tokens_of(const char* text) {
  return *events::from_text(text, kVocabulary);
}

void read(MusicSampler& sampler, const char* text, Role role = Role::played) {
  for (const Token token : tokens_of(text)) sampler.read(token, role);
}

// A gap of 3 s; note 60 is held across its end, notes 40 and 60 sound as it begins.
void read_gap(MusicSampler& sampler) {
  read(sampler, "KIND 0\nINFILL\n");
  read(sampler, "TIME_SHIFT 100\nTIME_SHIFT 100\nTIME_SHIFT 100\nNOTE_ON 60\nTIME_SHIFT 9\n",
       Role::future);
  read(sampler, "PREFIX\nVELOCITY 5\nNOTE_ON 40\nNOTE_ON 60\nTIME_SHIFT 20\nMIDDLE\n");
}

// Logits that favour what the grammar forbids as often as anything else.
std::vector<float> random_logits(RandomStream& random) {
  std::vector<float> logits(static_cast<std::size_t>(kVocabulary.outputs()));
  for (float& logit : logits) logit = static_cast<float>(3 * random.normal());
  return logits;
}

TEST(RoleSampling, EveryGapIsFilledExactly) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomStream random(seed, 0);
    MusicSampler sampler(kVocabulary, {}, seed);
    read_gap(sampler);
    events::RoleGrammar grammar(kVocabulary);
    EXPECT_TRUE(sampler.state().is_in_gap());
    std::int64_t steps = 0;
    for (int i = 0; sampler.state().is_in_gap(); ++i) {
      ASSERT_LT(i, 50'000);
      const auto token = sampler.draw(random_logits(random));
      ASSERT_TRUE(token);
      ASSERT_LT(*token, kVocabulary.outputs());
      const auto event = kVocabulary.event(*token);
      ASSERT_NE(event.kind, Kind::eos);
      ASSERT_NE(event.kind, Kind::bos);
      if (event.kind == Kind::time_shift) steps += event.value;
      sampler.read(*token);
    }
    EXPECT_EQ(steps, 300);
    sampler.state().sounding().for_each([](int pitch) { EXPECT_EQ(pitch, 60); });
    EXPECT_GT(sampler.mended(Fault::gap), 0);
  }
}

TEST(RoleSampling, EndIsNeverDrawnOutsideAGap) {
  MusicSampler sampler(kVocabulary, {}, 1);
  std::vector<float> logits(static_cast<std::size_t>(kVocabulary.outputs()), 0.0F);
  logits[kVocabulary.end()] = 50;
  for (int i = 0; i < 1000; ++i) {
    const auto token = sampler.draw(logits);
    ASSERT_TRUE(token);
    ASSERT_NE(*token, kVocabulary.end());
    sampler.read(*token);
  }
  EXPECT_EQ(sampler.mended(Fault::piece_end), 0);
}

// Another player holds a note for a minute, and all others that are struck.
TEST(RoleSampling, GivenNotesAreNotEndedOrStruckAndNeverBlockTheMusic) {
  RandomStream random(1, 0);
  MusicSampler sampler(kVocabulary, {}, 1);
  read(sampler, "VELOCITY 9\nNOTE_ON 60\nNOTE_ON 64\n", Role::given);
  std::int64_t steps = 0;
  while (steps < 6000) {
    const auto token = sampler.draw(random_logits(random));
    ASSERT_TRUE(token);
    const auto event = kVocabulary.event(*token);
    const bool is_note = event.kind == Kind::note_on || event.kind == Kind::note_off;
    ASSERT_FALSE(is_note && (event.value == 60 || event.value == 64));
    if (event.kind == Kind::time_shift) steps += event.value;
    sampler.read(*token);
  }
  EXPECT_TRUE(sampler.state().is_sounding(60));
  read(sampler, "NOTE_OFF 60\n", Role::given);
  EXPECT_FALSE(sampler.state().is_sounding(60));
}

TEST(RoleSampling, AnnouncedAndFutureTokensAreNotMusic) {
  MusicSampler sampler(kVocabulary, {}, 1);
  read(sampler, "NOTE_ON 70\nTIME_SHIFT 50\n", Role::announced);
  read(sampler, "NOTE_ON 71\nTIME_SHIFT 50\n", Role::future);
  EXPECT_EQ(sampler.state().step(), 0);
  EXPECT_EQ(sampler.state().sounding_notes(), 0);
}

TEST(RoleSampling, DoesNotAllocate) {
  RandomStream random(3, 0);
  const auto logits = random_logits(random);
  MusicSampler sampler(kVocabulary, {}, 3);
  const auto future = tokens_of("INFILL\nTIME_SHIFT 100\nNOTE_ON 60\nTIME_SHIFT 9\n");
  const auto before = allocation_count();
  for (const Token token : future) sampler.read(token, Role::future);
  for (int i = 0; i < 1000; ++i) {
    const auto token = sampler.draw(logits);
    sampler.read(token.value_or(0), i % 7 == 0 ? Role::given : Role::played);
  }
  EXPECT_EQ(allocation_count(), before);
}

}  // namespace
}  // namespace pno::infer
