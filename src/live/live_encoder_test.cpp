#include "live/live_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "base/fields.h"
#include "base/random.h"
#include "events/encode.h"
#include "events/grammar.h"

namespace pno::live {
namespace {

using events::kPerformance;
using events::Token;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kMs = 1000, kFar = 1'000'000'000;

Token on(int pitch) {
  return kPerformance.note_on(pitch);
}
Token off(int pitch) {
  return kPerformance.note_off(pitch);
}
Token shift(int steps) {
  return kPerformance.time_shift(steps);
}
Token loud(int velocity) {
  return kPerformance.velocity(kPerformance.velocity_bin(velocity));
}

struct Movement {
  std::int64_t time_us = 0;
  bool down = false;
  int pitch = 0, velocity = 0;
};

// The keys of notes, in the order of time; releases first.
std::vector<Movement> movements(const std::vector<events::PlainNote>& notes) {
  std::vector<Movement> result;
  for (const auto& note : notes) {
    result.push_back({note.start_us, true, note.pitch, note.velocity});
    result.push_back({note.start_us + note.length_us, false, note.pitch, 0});
  }
  std::stable_sort(result.begin(), result.end(), [](const Movement& a, const Movement& b) {
    return std::tie(a.time_us, a.down) < std::tie(b.time_us, b.down);
  });
  return result;
}

// Notes of one pitch do not overlap.
std::vector<events::PlainNote> random_notes(std::uint64_t seed) {
  RandomStream random(seed, 1);
  std::array<std::int64_t, 128> free_from{};
  std::vector<events::PlainNote> notes;
  std::int64_t now_us = 5'000'000;
  for (int i = 0; i < 300; ++i) {
    if (random.below(3) > 0) now_us += static_cast<std::int64_t>(random.below(400'000));
    const auto pitch = static_cast<std::uint8_t>(40 + random.below(40));
    if (free_from[pitch] > now_us) continue;
    const auto length = static_cast<std::uint32_t>(1 + random.below(1'500'000));
    notes.push_back({.start_us = now_us,
                     .length_us = length,
                     .pitch = pitch,
                     .velocity = static_cast<std::uint8_t>(1 + random.below(127))});
    free_from[pitch] = now_us + length;
  }
  std::sort(notes.begin(), notes.end(), [](const auto& a, const auto& b) {
    return std::tie(a.start_us, a.pitch) < std::tie(b.start_us, b.pitch);
  });
  return notes;
}

TEST(LiveEncoder, WritesWhatEncodeWritesWheneverItIsFlushed) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const auto notes = random_notes(seed);
    RandomStream random(seed, 2);
    LiveEncoder encoder(kPerformance);
    std::vector<Token> tokens;
    for (const auto& movement : movements(notes)) {
      if (random.below(2) == 0) encoder.flush(movement.time_us, tokens);
      if (movement.down) {
        encoder.key_down(movement.time_us, movement.pitch, movement.velocity);
      } else {
        encoder.key_up(movement.time_us, movement.pitch);
      }
    }
    encoder.flush(kFar, tokens);
    EXPECT_EQ(tokens, events::encode(notes, kPerformance, {.bos = false, .eos = false})) << seed;
  }
}

TEST(LiveEncoder, AnyMovementsObeyTheGrammar) {
  RandomStream random(9, 1);
  LiveEncoder encoder(kPerformance);
  events::Grammar grammar(kPerformance);
  std::int64_t now_us = 0;
  std::vector<Token> tokens;
  for (int i = 0; i < 20'000; ++i) {
    now_us += static_cast<std::int64_t>(random.below(20'000));
    const int pitch = static_cast<int>(60 + random.below(6));
    switch (random.below(8)) {
      case 0:
      case 1:
        encoder.key_down(now_us, pitch, 1 + static_cast<int>(random.below(127)));
        break;
      case 2:
      case 3:
        encoder.key_up(now_us, pitch);
        break;
      case 4:
        encoder.pedal(now_us, random.below(2) == 0);
        break;
      case 5:
        encoder.strikes(now_us - 7000, pitch, 64);
        break;
      case 6:
        encoder.ends(now_us, pitch);
        break;
      default:
        encoder.flush(now_us, tokens);
    }
  }
  encoder.all_up(now_us);
  for (int pitch = 60; pitch < 66; ++pitch) encoder.ends(now_us, pitch);
  encoder.flush_all(now_us, tokens);
  EXPECT_GT(tokens.size(), 10'000U);
  for (const Token token : tokens) {
    ASSERT_EQ(grammar.fault_of(token), events::Fault::none) << enum_name(grammar.fault_of(token));
    grammar.read(token);
  }
  EXPECT_EQ(grammar.sounding_notes(), 0);
  EXPECT_TRUE(encoder.sounding().empty());
}

TEST(LiveEncoder, AnEventIsWrittenAtMostAStepAfterItsArrival) {
  LiveEncoder encoder(kPerformance);
  std::vector<Token> tokens;
  encoder.key_down(100 * kMs, 60, 80);
  EXPECT_EQ(encoder.flush_due_us(), 105 * kMs);
  encoder.flush(104 * kMs, tokens);
  EXPECT_THAT(tokens, IsEmpty());
  encoder.flush(105 * kMs, tokens);
  EXPECT_THAT(tokens, ElementsAre(loud(80), on(60)));
  EXPECT_EQ(encoder.flush_due_us(), -1);
}

TEST(LiveEncoder, PedalHoldsReleasedKeysUntilItRises) {
  LiveEncoder encoder(kPerformance);
  std::vector<Token> tokens;
  encoder.key_down(0, 60, 80);
  encoder.pedal(10 * kMs, /*down=*/true);
  encoder.key_up(20 * kMs, 60);
  encoder.flush(500 * kMs, tokens);
  EXPECT_THAT(tokens, ElementsAre(loud(80), on(60)));
  encoder.pedal(700 * kMs, /*down=*/false);
  encoder.flush(kFar, tokens);
  EXPECT_THAT(tokens, ElementsAre(loud(80), on(60), shift(70), off(60)));
}

TEST(LiveEncoder, ReleaseOfANoteThatTheModelEndedIsDropped) {
  LiveEncoder encoder(kPerformance);
  std::vector<Token> tokens;
  encoder.key_down(0, 60, 80);
  encoder.ends(100 * kMs, 60);
  encoder.key_up(200 * kMs, 60);
  encoder.flush(kFar, tokens);
  EXPECT_THAT(tokens, ElementsAre(loud(80), on(60), shift(10), off(60)));
}

TEST(LiveEncoder, ShiftToWritesTheSilence) {
  LiveEncoder encoder(kPerformance);
  std::vector<Token> tokens;
  encoder.key_down(0, 60, 80);
  encoder.key_up(100 * kMs, 60);
  encoder.flush(200 * kMs, tokens);
  tokens.clear();
  encoder.shift_to(1400 * kMs, tokens);
  EXPECT_THAT(tokens, ElementsAre(shift(100), shift(30)));
}

}  // namespace
}  // namespace pno::live
