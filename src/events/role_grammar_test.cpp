#include "events/role_grammar.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "base/allocation_count.h"
#include "base/random.h"
#include "events/random_music.h"
#include "events/text.h"

namespace pno::events {
namespace {

constexpr auto& kVocabulary = kPerformancePlus;
using Mask = std::array<std::uint64_t, mask_words(kVocabulary.outputs())>;

std::vector<Token> tokens_of(const std::string& text) {
  const auto tokens = from_text(text, kVocabulary);
  EXPECT_TRUE(tokens.has_value()) << tokens.error().message;
  return tokens.value_or(std::vector<Token>{});
}

class Reader {
 public:
  Reader& read(const std::string& text, Role role = Role::played) {
    for (const Token token : tokens_of(text)) grammar_.read(token, role);
    return *this;
  }
  bool allows(const std::string& next) const {
    Mask mask;
    grammar_.allowed(mask);
    return mask_contains(mask, tokens_of(next).front());
  }
  int allowed() const {
    Mask mask;
    grammar_.allowed(mask);
    int count = 0;
    for (const auto word : mask) count += std::popcount(word);
    return count;
  }
  const RoleGrammar& grammar() const { return grammar_; }

 private:
  RoleGrammar grammar_{kVocabulary};
};

// A gap of 2.5 s with note 60 held across its end; note 50 sounds as it begins.
Reader gap() {
  Reader reader;
  reader.read("KEY 3\nINFILL\n")
      .read("TIME_SHIFT 100\nTIME_SHIFT 100\nTIME_SHIFT 50\n", Role::future)
      .read("NOTE_ON 60\nVELOCITY 9\nNOTE_ON 64\nTIME_SHIFT 30\nNOTE_OFF 60\nNOTE_ON 67\n",
            Role::future)
      .read("PREFIX\nVELOCITY 5\nNOTE_ON 50\nTIME_SHIFT 20\nMIDDLE\n");
  return reader;
}

TEST(RoleGrammar, PlainMusicIsAsInTheGrammarOfMusic) {
  const auto tokens = random_canonical(3, kPerformance);
  RoleGrammar roles(kVocabulary);
  Grammar music(kVocabulary);
  for (const Token token : tokens) {
    Mask with_roles, without;
    roles.read(token, Role::played);
    music.read(token);
    roles.allowed(with_roles);
    music.allowed(without);
    ASSERT_EQ(with_roles, without);
    ASSERT_FALSE(mask_contains(with_roles, kVocabulary.end()));
  }
}

TEST(RoleGrammar, FutureAndAnnouncedNotesDoNotSoundAndMoveNoTime) {
  const auto reader = gap();
  EXPECT_EQ(reader.grammar().music().sounding_notes(), 1);
  EXPECT_EQ(reader.grammar().music().step(), 20);
  Reader announced;
  announced.read("NOTE_ON 70\nTIME_SHIFT 50\n", Role::announced);
  EXPECT_EQ(announced.grammar().music().sounding_notes(), 0);
  EXPECT_EQ(announced.grammar().music().step(), 0);
}

TEST(RoleGrammar, AGivenNoteSoundsAndIsNotEndedByTheModel) {
  Reader reader;
  reader.read("VELOCITY 9\nNOTE_ON 60\nTIME_SHIFT 20\n", Role::given);
  EXPECT_EQ(reader.grammar().music().step(), 20);
  EXPECT_FALSE(reader.allows("NOTE_OFF 60"));
  EXPECT_FALSE(reader.allows("NOTE_ON 60"));
  EXPECT_FALSE(reader.allows("NOTE_ON 64"));  // a VELOCITY of the model comes first
}

TEST(RoleGrammar, TheMiddleFillsItsGapExactly) {
  auto reader = gap();
  EXPECT_TRUE(reader.grammar().in_middle());
  EXPECT_EQ(reader.grammar().gap_left(), 250);
  EXPECT_TRUE(reader.allows("TIME_SHIFT 100"));  // although the past ends with a TIME_SHIFT
  EXPECT_FALSE(reader.allows("END"));
  reader.read("TIME_SHIFT 100\nTIME_SHIFT 60\nNOTE_OFF 50\n");
  EXPECT_EQ(reader.grammar().gap_left(), 90);
  EXPECT_TRUE(reader.allows("TIME_SHIFT 90"));
  EXPECT_FALSE(reader.allows("TIME_SHIFT 91"));
  EXPECT_FALSE(reader.allows("EOS"));  // although all is silent
  EXPECT_FALSE(reader.allows("END"));
}

TEST(RoleGrammar, AtTheEndOfTheGapOnlyHeldNotesSound) {
  auto reader = gap();
  reader.read("VELOCITY 7\nNOTE_ON 60\nNOTE_ON 70\nTIME_SHIFT 100\nTIME_SHIFT 100\n")
      .read("TIME_SHIFT 50\n");
  EXPECT_FALSE(reader.allows("END"));
  EXPECT_FALSE(reader.allows("NOTE_ON 65"));
  EXPECT_FALSE(reader.allows("VELOCITY 9"));
  EXPECT_FALSE(reader.allows("TIME_SHIFT 1"));
  // NOTE_OFFs are in order, so the lowest note that must end comes first.
  EXPECT_TRUE(reader.allows("NOTE_OFF 50"));
  EXPECT_FALSE(reader.allows("NOTE_OFF 60"));
  EXPECT_FALSE(reader.allows("NOTE_OFF 70"));
  reader.read("NOTE_OFF 50\n");
  EXPECT_TRUE(reader.allows("NOTE_OFF 60"));  // a held note may end
  EXPECT_TRUE(reader.allows("NOTE_OFF 70"));
  reader.read("NOTE_OFF 70\n");
  EXPECT_TRUE(reader.allows("END"));
  EXPECT_EQ(reader.allowed(), 1);
  reader.read("END\n");
  EXPECT_FALSE(reader.grammar().in_middle());
  EXPECT_FALSE(reader.allows("END"));
}

TEST(RoleGrammar, AGapOfLongestShiftsEndsWhereTheFutureBegins) {
  Reader reader;
  reader.read("INFILL\n")
      .read("TIME_SHIFT 100\nTIME_SHIFT 100\n", Role::future)
      .read("NOTE_ON 60\nTIME_SHIFT 100\nNOTE_OFF 60\n", Role::future)
      .read("PREFIX\nMIDDLE\n");
  EXPECT_EQ(reader.grammar().gap_left(), 200);
}

// A walk that takes any allowed output ends with END in every gap.
TEST(RoleGrammar, EveryWalkReachesTheEndOfTheGap) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomStream random(seed, 0);
    RoleGrammar grammar = gap().grammar();
    int steps = 0;
    for (; grammar.in_middle(); ++steps) {
      ASSERT_LT(steps, 10'000);
      Mask mask;
      grammar.allowed(mask);
      std::vector<Token> choices;
      for (Token next = 0; next < kVocabulary.outputs(); ++next) {
        if (mask_contains(mask, next)) choices.push_back(next);
      }
      ASSERT_FALSE(choices.empty()) << "seed " << seed << " after " << steps;
      grammar.read(choices[random.below(choices.size())], Role::played);
    }
    EXPECT_EQ(grammar.gap_left(), 0);
    grammar.music().sounding().for_each([](int pitch) { EXPECT_EQ(pitch, 60); });
  }
}

TEST(RoleGrammar, FaultsAreThoseOfTheSetOfAllowedOutputs) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RandomStream random(seed, 1);
    RoleGrammar grammar = gap().grammar();
    for (bool is_over = false; !is_over;) {
      is_over = !grammar.in_middle();
      Mask mask;
      grammar.allowed(mask);
      std::vector<Token> choices;
      for (Token next = 0; next < kVocabulary.outputs(); ++next) {
        const bool is_allowed = mask_contains(mask, next);
        ASSERT_EQ(grammar.fault_of(next) == Fault::none, is_allowed) << next;
        if (is_allowed) choices.push_back(next);
      }
      grammar.read(choices[random.below(choices.size())], Role::played);
    }
  }
}

TEST(RoleGrammar, DoesNotAllocate) {
  const auto tokens = random_canonical(1, kPerformance);
  RoleGrammar grammar = gap().grammar();
  Mask mask;
  const auto before = allocation_count();
  for (const Token token : tokens) {
    for (const auto role : {Role::played, Role::given, Role::announced, Role::future}) {
      grammar.read(token, role);
      grammar.allowed(mask);
    }
  }
  EXPECT_EQ(allocation_count(), before);
}

}  // namespace
}  // namespace pno::events
