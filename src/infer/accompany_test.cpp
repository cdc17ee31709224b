// Properties of an accompaniment by any model: the weights are random.

#include "infer/accompany.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "infer/test_models.h"

namespace pno::infer {
namespace {

using events::PlainNote;
using testing::HasSubstr;

constexpr model::ModelConfig kConfig{.layers = 1,
                                     .heads = 2,
                                     .width = 16,
                                     .attention_width = 16,
                                     .ff_width = 16,
                                     .context = 256,
                                     .max_distance = 256};

std::shared_ptr<const Engine> engine_with_roles() {
  return TestModel(kConfig, *events::with_roles(events::kPerformance, {"Chopin"})).engine();
}

// A scale with a rest of four seconds.
std::vector<PlainNote> melody() {
  std::vector<PlainNote> notes;
  for (int i = 0; i < 16; ++i) {
    notes.push_back({.start_us = i * 407'000 + (i >= 8 ? 4'000'000 : 0),
                     .length_us = 350'000,
                     .pitch = static_cast<std::uint8_t>(70 + i),
                     .velocity = 80});
  }
  return notes;
}

RoleMusic played(const std::shared_ptr<const Engine>& engine, AccompanyMode mode,
                 RoleMusicOptions options) {
  const auto notes = melody();
  auto music = accompany(engine, notes, mode, options, {});
  EXPECT_TRUE(music) << music.error().message;
  return music ? std::move(*music) : RoleMusic{};
}

RoleMusicOptions options_of(const Engine& engine, std::uint64_t seed) {
  RoleMusicOptions options{.wishes = Wishes(engine.stored_vocabulary())};
  options.seed = seed;
  return options;
}

TEST(Accompany, PlaysAsLongAsTheMelodyAndLeavesItsNotesAlone) {
  const auto engine = engine_with_roles();
  const auto notes = melody();
  const auto melody_end = notes.back().start_us + notes.back().length_us;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const auto music = played(engine, AccompanyMode::accompany, options_of(*engine, seed));
    ASSERT_FALSE(music.notes.empty());
    std::map<int, std::int64_t> sounds_until;
    for (const auto& note : music.notes) {
      const auto end = note.start_us + note.length_us;
      ASSERT_GE(note.start_us, sounds_until[note.pitch]);
      sounds_until[note.pitch] = end;
      // Ends after the melody by a second and a last TIME_SHIFT at most.
      EXPECT_LE(end, melody_end + 2'010'000);
      for (const auto& other : notes) {
        const bool is_struck_while_given =
            other.pitch == note.pitch && note.start_us >= other.start_us + 10'000 &&
            note.start_us < other.start_us + other.length_us - 10'000;
        EXPECT_FALSE(is_struck_while_given) << "pitch " << int{note.pitch};
      }
    }
    EXPECT_GT(music.notes.back().start_us, 8'000'000);
  }
}

TEST(Accompany, RealisePlaysToTheEnd) {
  const auto engine = engine_with_roles();
  const auto music = played(engine, AccompanyMode::realise, options_of(*engine, 1));
  EXPECT_GT(music.notes.back().start_us, 9'000'000);
  EXPECT_NE(music.notes, played(engine, AccompanyMode::accompany, options_of(*engine, 1)).notes);
}

TEST(Accompany, SeedWishesAndTheirChangesDetermineTheMusic) {
  const auto engine = engine_with_roles();
  const auto mode = AccompanyMode::accompany;
  const auto music = played(engine, mode, options_of(*engine, 1)).notes;
  EXPECT_EQ(played(engine, mode, options_of(*engine, 1)).notes, music);
  EXPECT_NE(played(engine, mode, options_of(*engine, 2)).notes, music);
  auto options = options_of(*engine, 1);
  options.changes = {{.at_s = 3, .name = "density", .value = "12"}};
  const auto changed = played(engine, mode, options).notes;
  EXPECT_NE(changed, music);
  // The music before the change is the same.
  for (std::size_t i = 0; i < std::min(music.size(), changed.size()); ++i) {
    if (music[i].start_us >= 2'900'000) break;
    EXPECT_EQ(changed[i].start_us, music[i].start_us);
    EXPECT_EQ(changed[i].pitch, music[i].pitch);
  }
  options.changes = {{.at_s = 3, .name = "density", .value = "many"}};
  const auto notes = melody();
  const auto wrong = accompany(engine, notes, mode, options, {});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("density is 'many'"));
}

TEST(Accompany, RefusesWhatItCannotDo) {
  const auto without = TestModel(kConfig, events::kPerformance).engine();
  const auto notes = melody();
  const auto refused =
      accompany(without, notes, AccompanyMode::accompany, options_of(*without, 1), {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("was trained without roles"));
  const auto engine = engine_with_roles();
  EXPECT_FALSE(accompany(engine, {}, AccompanyMode::realise, options_of(*engine, 1), {}));
}

}  // namespace
}  // namespace pno::infer
