#include "infer/music/wishes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/allocation_count.h"
#include "events/text.h"

namespace pno::infer {
namespace {

using events::Role;
using events::Token;
using testing::HasSubstr;

events::StoredVocabulary vocabulary() {
  return *events::with_roles(events::kPerformance, {"Chopin", "Liszt"});
}

std::string text_of(std::span<const Token> tokens) {
  return events::to_text(std::vector<Token>(tokens.begin(), tokens.end()), vocabulary().ids);
}

Wishes asked(std::initializer_list<std::pair<const char*, const char*>> wishes) {
  Wishes result(vocabulary());
  for (const auto& [name, value] : wishes) {
    const auto set = result.set(name, value);
    EXPECT_TRUE(set) << set.error().message;
  }
  return result;
}

std::string complaint(const char* name, const char* value) {
  Wishes wishes(vocabulary());
  const auto set = wishes.set(name, value);
  return set ? "" : set.error().message;
}

TEST(Wishes, AskForADisklavierByDefault) {
  EXPECT_EQ(text_of(Wishes(vocabulary()).tokens()), "KIND 0\n");
}

TEST(Wishes, AreTokensInTheOrderOfTraining) {
  const auto wishes = asked({{"polyphony", "4.5"},
                             {"loudness", "64"},
                             {"density", "12"},
                             {"key", "C#m"},
                             {"kind", "sequenced"},
                             {"composer", "Frederic Chopin"}});
  EXPECT_EQ(text_of(wishes.tokens()),
            "COMPOSER 1\nKIND 3\nKEY 13\nDENSITY 6\nLOUDNESS 4\nPOLYPHONY 3\n");
}

TEST(Wishes, CanBeTakenBack) {
  EXPECT_EQ(text_of(asked({{"composer", "liszt"}, {"kind", ""}}).tokens()), "COMPOSER 2\n");
  EXPECT_EQ(text_of(asked({{"composer", "other"}, {"composer", ""}}).tokens()), "KIND 0\n");
}

TEST(Wishes, RefuseWhatTheModelCannotBeAsked) {
  EXPECT_THAT(complaint("tempo", "3"), HasSubstr("'tempo' is not a control; choose composer"));
  EXPECT_EQ(complaint("composer", "Satie"),
            "the model does not know the composer 'Satie'; it knows other, Chopin, Liszt");
  EXPECT_THAT(complaint("kind", "organ"), HasSubstr("choose Disklavier, roll"));
  EXPECT_THAT(complaint("key", "H"), HasSubstr("H"));
  EXPECT_EQ(complaint("density", "-1"), "density is '-1'; it must be 0 to 100");
  EXPECT_EQ(complaint("loudness", "loud"), "loudness is 'loud'; it must be 1 to 127");
  EXPECT_EQ(complaint("polyphony", "nan"), "polyphony is 'nan'; it must be 0 to 128");
  Wishes without_roles(events::StoredVocabulary{events::kPerformance});
  const auto set = without_roles.set("density", "5");
  ASSERT_FALSE(set);
  EXPECT_THAT(set.error().message, HasSubstr("was trained without controls"));
  EXPECT_TRUE(without_roles.take_due().empty());
}

TEST(Wishes, StandAtTheStartAndAgainAfterSomeMusic) {
  const auto ids = vocabulary().ids;
  Wishes wishes(vocabulary());
  wishes.read(ids.bos(), Role::played);
  EXPECT_EQ(text_of(wishes.take_due()), "KIND 0\n");
  EXPECT_TRUE(wishes.take_due().empty());
  // 7.9 s, then 8 s in which the last TIME_SHIFT is the longest, so that another may follow.
  int places = 0;
  for (int i = 0; i < 79; ++i) {
    wishes.read(ids.time_shift(10), Role::played);
    places += wishes.take_due().empty() ? 0 : 1;
    wishes.read(ids.note_on(60), Role::played);
    places += wishes.take_due().empty() ? 0 : 1;
  }
  EXPECT_EQ(places, 0);
  wishes.read(ids.time_shift(100), Role::given);
  EXPECT_TRUE(wishes.take_due().empty());
  wishes.read(ids.time_shift(1), Role::played);
  EXPECT_EQ(text_of(wishes.take_due()), "KIND 0\n");
}

TEST(Wishes, StandAtTheNextPlaceWhenOneChanges) {
  const auto ids = vocabulary().ids;
  Wishes wishes(vocabulary());
  (void)wishes.take_due();
  wishes.read(ids.note_on(60), Role::played);
  ASSERT_TRUE(wishes.set("density", "1"));
  EXPECT_TRUE(wishes.take_due().empty()) << "in the middle of a step";
  wishes.read(ids.time_shift(3), Role::announced);
  EXPECT_TRUE(wishes.take_due().empty()) << "an announcement moves no time";
  wishes.read(ids.time_shift(3), Role::played);
  EXPECT_EQ(text_of(wishes.take_due()), "KIND 0\nDENSITY 1\n");
  // The same value again is not a change.
  ASSERT_TRUE(wishes.set("density", "1"));
  wishes.read(ids.time_shift(3), Role::played);
  EXPECT_TRUE(wishes.take_due().empty());
  wishes.restart();
  EXPECT_EQ(wishes.take_due().size(), 2U);
}

TEST(Wishes, StandBeforeAnInfillAndNotInIt) {
  const auto ids = vocabulary().ids;
  Wishes wishes(vocabulary());
  wishes.read(ids.token({events::Kind::infill, 0}), Role::played);
  wishes.read(ids.time_shift(30), Role::future);
  wishes.read(ids.token({events::Kind::middle, 0}), Role::played);
  wishes.read(ids.time_shift(30), Role::played);
  EXPECT_TRUE(wishes.take_due().empty());
  wishes.read(ids.end(), Role::played);
  EXPECT_EQ(wishes.take_due().size(), 1U);
}

// As after a rewind: what the music holds says which controls the model has read.
TEST(Wishes, KnowTheControlsThatWereRead) {
  const auto ids = vocabulary().ids;
  auto wishes = asked({{"density", "1"}});
  for (const Token token : wishes.tokens()) wishes.read(token, Role::played);
  EXPECT_TRUE(wishes.take_due().empty());
  ASSERT_TRUE(wishes.set("density", "20"));
  wishes.restart();
  wishes.read(ids.token({events::Kind::music_kind, 0}), Role::played);
  wishes.read(ids.token({events::Kind::density, 1}), Role::played);
  wishes.read(ids.note_on(60), Role::played);
  wishes.read(ids.time_shift(5), Role::played);
  EXPECT_EQ(text_of(wishes.take_due()), "KIND 0\nDENSITY 7\n");
}

TEST(Wishes, DoNotAllocateWhileMusicIsPlayed) {
  const auto ids = vocabulary().ids;
  auto wishes = asked({{"density", "5"}, {"key", "Am"}});
  const auto before = allocation_count();
  std::size_t written = 0;
  for (int i = 0; i < 1000; ++i) {
    wishes.read(ids.time_shift(50), Role::played);
    written += wishes.take_due().size();
  }
  EXPECT_EQ(allocation_count(), before);
  EXPECT_GT(written, 100U);
}

}  // namespace
}  // namespace pno::infer
