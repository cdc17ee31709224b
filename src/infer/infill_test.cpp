// Properties of an infill by any model: the weights are random.

#include "infer/infill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
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

std::shared_ptr<const Engine> engine_with_roles(const model::ModelConfig& config = kConfig) {
  return TestModel(config, *events::with_roles(events::kPerformance, {"Chopin"})).engine();
}

// Notes of a random piece, no two of one pitch at a time.
std::vector<PlainNote> random_piece(std::uint64_t seed, std::int64_t length_us) {
  RandomStream random(seed, 7);
  std::vector<PlainNote> notes;
  std::array<std::int64_t, 128> busy_until{};
  for (std::int64_t now = 0; now < length_us; now += 20'000 + random.below(300'000)) {
    const auto pitch = static_cast<std::uint8_t>(40 + random.below(40));
    const auto length = static_cast<std::uint32_t>(50'000 + random.below(2'000'000));
    if (busy_until.at(pitch) > now) continue;
    busy_until.at(pitch) = now + length;
    notes.push_back({.start_us = now, .length_us = length, .pitch = pitch, .velocity = 70});
  }
  return notes;
}

struct Passage {
  std::vector<PlainNote> stays, leaves;
  std::int64_t from_us = 0, to_us = 0, length_us = 0;

  Passage(const std::vector<PlainNote>& notes, std::int64_t from, std::int64_t to)
      : from_us(from), to_us(to), length_us(to - from) {
    for (const auto& note : notes) {
      const bool is_inside = note.start_us >= from && note.start_us < to;
      (is_inside ? leaves : stays).push_back(note);
    }
  }
  Gap gap() const { return {stays, leaves, from_us, to_us, length_us}; }
  // The end of the original note of a pitch that sounds across the right edge; 0: none.
  std::int64_t held_end(int pitch) const {
    for (const auto* list : {&stays, &leaves}) {
      for (const auto& note : *list) {
        const auto end = note.start_us + note.length_us;
        if (note.pitch == pitch && note.start_us < to_us && end > to_us + 5'000) return end;
      }
    }
    return 0;
  }
};

RoleMusicOptions options_of(const Engine& engine, std::uint64_t seed) {
  RoleMusicOptions options{.wishes = Wishes(engine.stored_vocabulary())};
  options.seed = seed;
  return options;
}

RoleMusic filled(const std::shared_ptr<const Engine>& engine, const Gap& gap, std::uint64_t seed) {
  auto music = fill_gap(engine, gap, options_of(*engine, seed), {});
  EXPECT_TRUE(music) << music.error().message;
  return music ? std::move(*music) : RoleMusic{};
}

void expect_fits(const RoleMusic& music, const Passage& passage) {
  const auto end_us = passage.from_us + passage.length_us;
  const auto moved = passage.length_us - (passage.to_us - passage.from_us);
  std::map<int, std::int64_t> sounds_until;
  for (const auto& note : music.notes) {
    ASSERT_GE(note.start_us, passage.from_us);
    ASSERT_LT(note.start_us, end_us);
    ASSERT_GT(note.length_us, 0U);
    const auto note_end = note.start_us + note.length_us;
    ASSERT_GE(note.start_us, sounds_until[note.pitch]) << "a note is struck while it sounds";
    sounds_until[note.pitch] = note_end;
    if (note_end <= end_us) continue;
    const auto held = passage.held_end(note.pitch);
    ASSERT_NE(held, 0) << "pitch " << int{note.pitch} << " hangs over the edge";
    EXPECT_EQ(note_end, held + moved);
  }
}

TEST(Infill, FillsTheGapAndNothingElse) {
  const auto engine = engine_with_roles();
  std::size_t notes = 0;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const auto piece = random_piece(seed, 20'000'000);
    const std::int64_t from = 4'000'000 + 137'003 * static_cast<std::int64_t>(seed);
    const Passage passage(piece, from, from + 300'000 + 400'000 * static_cast<std::int64_t>(seed));
    const auto music = filled(engine, passage.gap(), seed);
    expect_fits(music, passage);
    notes += music.notes.size();
    EXPECT_EQ(music.parts, 1);
    EXPECT_GT(music.drawn_tokens, 0);
  }
  EXPECT_GT(notes, 100U);
}

TEST(Infill, AtTheStartAndTheEndOfThePieceAndWithoutOne) {
  const auto engine = engine_with_roles();
  const auto piece = random_piece(1, 8'000'000);
  for (const auto& [from, to] : {std::pair{0, 2'000'000}, std::pair{7'000'000, 12'000'000},
                                 std::pair{0, 12'000'000}, std::pair{20'000'000, 21'000'000}}) {
    const Passage passage(piece, from, to);
    expect_fits(filled(engine, passage.gap(), 5), passage);
  }
  const Passage empty({}, 1'000'000, 3'000'000);
  expect_fits(filled(engine, empty.gap(), 5), empty);
}

// The future begins with a rest, so that a gap of full seconds could not be told from it.
TEST(Infill, AGapOfFullSecondsBeforeARest) {
  const auto engine = engine_with_roles();
  const std::vector<PlainNote> piece = {
      {.start_us = 0, .length_us = 500'000, .pitch = 60, .velocity = 70},
      {.start_us = 5'000'000, .length_us = 500'000, .pitch = 60, .velocity = 70}};
  const Passage passage(piece, 1'000'000, 3'000'000);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    expect_fits(filled(engine, passage.gap(), seed), passage);
  }
}

TEST(Infill, MusicOfAnotherLengthMovesHeldNotes) {
  const auto engine = engine_with_roles();
  const auto piece = random_piece(3, 20'000'000);
  for (const std::int64_t length : {1'000'000, 3'700'000}) {
    Passage passage(piece, 6'000'000, 8'000'000);
    passage.length_us = length;
    expect_fits(filled(engine, passage.gap(), 3), passage);
  }
}

// The model cannot hold the gap: the first part is a continuation, and the context is full several
// times.
TEST(Infill, LongGapsAreFilledInParts) {
  const auto engine = engine_with_roles();
  const auto piece = random_piece(4, 80'000'000);
  const Passage passage(piece, 10'000'000, 45'000'000);
  const auto music = filled(engine, passage.gap(), 4);
  EXPECT_EQ(music.parts, 2);
  expect_fits(music, passage);
}

TEST(Infill, AbsolutePositionsAndSmallContextsWorkToo) {
  for (const auto attention : {model::Attention::absolute, model::Attention::relative_local}) {
    auto config = kConfig;
    config.attention = attention;
    config.context = 96;
    const auto engine = engine_with_roles(config);
    const auto piece = random_piece(5, 20'000'000);
    const Passage passage(piece, 6'000'000, 12'000'000);
    expect_fits(filled(engine, passage.gap(), 6), passage);
  }
}

TEST(Infill, TheSeedDeterminesTheMusic) {
  const auto engine = engine_with_roles();
  const auto piece = random_piece(6, 10'000'000);
  const Passage passage(piece, 4'000'000, 6'000'000);
  EXPECT_EQ(filled(engine, passage.gap(), 1).notes, filled(engine, passage.gap(), 1).notes);
  EXPECT_NE(filled(engine, passage.gap(), 1).notes, filled(engine, passage.gap(), 2).notes);
}

TEST(Infill, WhatComesAfterAndWishesAndGuidanceChangeTheMusic) {
  const auto engine = engine_with_roles();
  auto piece = random_piece(7, 10'000'000);
  const Passage passage(piece, 4'000'000, 6'000'000);
  const auto music = filled(engine, passage.gap(), 1).notes;
  auto other = piece;
  for (auto& note : other) {
    if (note.start_us >= 6'000'000) note.pitch = static_cast<std::uint8_t>(note.pitch ^ 1U);
  }
  EXPECT_NE(filled(engine, Passage(other, 4'000'000, 6'000'000).gap(), 1).notes, music);
  auto options = options_of(*engine, 1);
  ASSERT_TRUE(options.wishes.set("density", "12"));
  const auto wished = fill_gap(engine, passage.gap(), options, {});
  ASSERT_TRUE(wished);
  EXPECT_NE(wished->notes, music);
  options.guidance = 3;
  const auto guided = fill_gap(engine, passage.gap(), options, {});
  ASSERT_TRUE(guided);
  EXPECT_NE(guided->notes, wished->notes);
  expect_fits(*guided, passage);
}

TEST(Infill, RefusesWhatItCannotDo) {
  const auto engine = engine_with_roles();
  const Passage passage(random_piece(8, 10'000'000), 4'000'000, 4'001'000);
  const auto tiny = fill_gap(engine, passage.gap(), options_of(*engine, 1), {});
  ASSERT_FALSE(tiny);
  EXPECT_EQ(tiny.error().message, "the gap is 0.001 s long; it must be at least 0.010 s");
  const auto without = TestModel(kConfig, events::kPerformance).engine();
  const auto refused = fill_gap(without, passage.gap(), options_of(*without, 1), {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("was trained without roles"));
  auto options = options_of(*engine, 1);
  options.guidance = 11;
  EXPECT_FALSE(fill_gap(engine, passage.gap(), options, {}));
}

}  // namespace
}  // namespace pno::infer
