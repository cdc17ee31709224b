#include "infer/music/music_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/allocation_count.h"
#include "base/fields.h"
#include "base/random.h"
#include "events/decode.h"
#include "events/encode.h"
#include "events/random_music.h"
#include "events/real_music.h"
#include "events/text.h"

namespace pno::infer {
namespace {

using events::Kind;
using events::kPerformance;
using events::kPnoAi;
using events::Token;
using events::Vocabulary;
using testing::HasSubstr;

constexpr Vocabulary kCoarse = {.steps_per_second = 1, .max_shift_steps = 3, .velocity_bins = 127};
constexpr Vocabulary kOneBin = {.steps_per_second = 100, .max_shift_steps = 7, .velocity_bins = 1};
constexpr std::array kVocabularies = {kPerformance, kPnoAi, kCoarse, kOneBin};

std::vector<Token> tokens_of(const std::string& text) {
  const auto tokens = events::from_text(text, kPerformance);
  EXPECT_TRUE(tokens.has_value()) << tokens.error().message;
  return tokens.value_or(std::vector<Token>{});
}

MusicState state_after(const std::string& text, const MusicLimits& limits = MusicLimits::none()) {
  MusicState state(kPerformance, limits);
  for (const Token token : tokens_of(text)) state.read(token);
  return state;
}

// The name of the fault of `next` after `text`.
std::string_view fault(const std::string& text, const std::string& next,
                       const MusicLimits& limits = MusicLimits::none()) {
  return enum_name(state_after(text, limits).fault_of(tokens_of(next).front()));
}

// The fraction of events with a fault under `limits` in the pieces of an archive.
double forbidden_share(const std::string& zip, std::size_t pieces, const Vocabulary& vocabulary,
                       const MusicLimits& limits) {
  std::int64_t faults = 0, count = 0;
  for (const auto& piece :
       events::real_music(std::filesystem::path(PNO_REAL_MUSIC) / zip, pieces)) {
    MusicState state(vocabulary, limits);
    for (const Token token : events::encode(piece.notes, vocabulary, {.bos = false})) {
      faults += state.fault_of(token) != Fault::none ? 1 : 0;
      ++count;
      state.read(token);
    }
  }
  return count > 0 ? static_cast<double>(faults) / static_cast<double>(count) : -1;
}

// The default limits are for models; real music rarely exceeds them. A note that is too long counts
// with every event until it ends.
void check_real_music(std::size_t pieces) {
  for (const auto* zip : {"asap-midi.zip", "pop909.zip"}) {
    const double share = forbidden_share(zip, pieces, kPerformance, {});
    if (share < 0) GTEST_SKIP() << zip << " is not there";
    constexpr double kSeldom = 0.05;
    EXPECT_LT(share, kSeldom) << zip;
  }
}

TEST(MusicState, RarelyForbidsRealMusic) {
  check_real_music(40);
}

TEST(SlowMusicState, RarelyForbidsRealMusicInTwoCorpora) {
  check_real_music(0);
}

TEST(MusicState, EndsANoteAtTheLimit) {
  const MusicLimits limits{.longest_note_s = 1.5, .longest_silence_s = 0, .most_notes = 0};
  const std::string chord = "VELOCITY 9\nNOTE_ON 60\nTIME_SHIFT 20\nNOTE_ON 64\nTIME_SHIFT 100\n";
  EXPECT_EQ(fault(chord, "TIME_SHIFT 30", limits), "none");
  EXPECT_EQ(fault(chord, "TIME_SHIFT 31", limits), "long_note");
  const auto due = chord + "TIME_SHIFT 30\n";
  for (const auto* next : {"NOTE_OFF 64", "NOTE_ON 70", "VELOCITY 3", "NOTE_ON 1"}) {
    EXPECT_EQ(fault(due, next, limits), "long_note") << next;
  }
  EXPECT_EQ(fault(due, "NOTE_OFF 60", limits), "none");
  EXPECT_EQ(fault(due + "NOTE_OFF 60\n", "TIME_SHIFT 20", limits), "none");
  EXPECT_EQ(fault(due + "NOTE_OFF 60\n", "TIME_SHIFT 21", limits), "long_note");
}

TEST(MusicState, RoundsALimitDownToAStep) {
  MusicState state(kPnoAi, {.longest_note_s = 0.1});  // 12.5 steps of 8 ms
  for (const Token token : {kPnoAi.velocity(3), kPnoAi.note_on(60)}) state.read(token);
  EXPECT_EQ(state.fault_of(kPnoAi.time_shift(12)), Fault::none);
  EXPECT_EQ(state.fault_of(kPnoAi.time_shift(13)), Fault::long_note);
}

TEST(MusicState, LimitsSilence) {
  const MusicLimits limits{.longest_note_s = 0, .longest_silence_s = 1.2, .most_notes = 0};
  EXPECT_EQ(fault("BOS\nTIME_SHIFT 100\n", "TIME_SHIFT 20", limits), "none");
  EXPECT_EQ(fault("BOS\nTIME_SHIFT 100\n", "TIME_SHIFT 21", limits), "silence");
  const std::string note = "VELOCITY 9\nNOTE_ON 60\nTIME_SHIFT 100\nTIME_SHIFT 100\nTIME_SHIFT 1\n";
  EXPECT_EQ(fault(note + "NOTE_OFF 60\n", "TIME_SHIFT 100", limits), "none") << "a note is none";
  EXPECT_EQ(fault(note + "NOTE_OFF 60\nTIME_SHIFT 100\n", "TIME_SHIFT 21", limits), "silence");
}

TEST(MusicState, LimitsPolyphony) {
  const MusicLimits limits{.longest_note_s = 0, .longest_silence_s = 0, .most_notes = 2};
  const std::string two = "VELOCITY 9\nNOTE_ON 60\nNOTE_ON 64\n";
  EXPECT_EQ(fault(two, "NOTE_ON 67", limits), "polyphony");
  EXPECT_EQ(fault(two, "VELOCITY 3", limits), "polyphony");
  EXPECT_EQ(fault(two + "TIME_SHIFT 9\nNOTE_OFF 60\n", "NOTE_ON 67", limits), "none");
}

TEST(MusicState, LimitsHowSoonAPitchIsStruckAgain) {
  const MusicLimits limits{.shortest_restrike_s = 0.08};
  const std::string note = "VELOCITY 9\nNOTE_ON 60\nTIME_SHIFT 3\nNOTE_OFF 60\n";
  EXPECT_EQ(fault(note + "TIME_SHIFT 4\n", "NOTE_ON 60", limits), "quick_restrike");
  EXPECT_EQ(fault(note + "TIME_SHIFT 4\n", "NOTE_ON 61", limits), "none");
  EXPECT_EQ(fault(note + "TIME_SHIFT 4\n", "VELOCITY 3", limits), "none");
  EXPECT_EQ(fault(note + "TIME_SHIFT 5\n", "NOTE_ON 60", limits), "none");
  EXPECT_EQ(fault(note + "TIME_SHIFT 4\n", "NOTE_ON 60"), "none") << "without limits";
}

TEST(MusicState, LimitsHowOftenAPassageIsRepeated) {
  const MusicLimits limits{.shortest_restrike_s = 0, .longest_loop = 3};
  std::string played = "VELOCITY 9\n";
  for (int time = 0; time < 3; ++time) {
    for (const auto* pitch : {"60", "64"}) {
      played += std::string("NOTE_ON ") + pitch + "\nTIME_SHIFT 9\nNOTE_OFF " + pitch + "\n";
    }
  }
  EXPECT_EQ(fault(played, "NOTE_ON 60", limits), "loop");
  EXPECT_EQ(fault(played, "NOTE_ON 62", limits), "none");
  EXPECT_EQ(fault(played, "NOTE_ON 60"), "none") << "without limits";
}

TEST(MusicState, APlayingLimitNeverForbidsEverything) {
  const MusicLimits limits{.longest_silence_s = 1, .shortest_restrike_s = 100};
  MusicState state(kPerformance, limits);
  for (int pitch = 0; pitch < 128; ++pitch) {
    for (const Token token : {kPerformance.velocity(9), kPerformance.note_on(pitch),
                              kPerformance.time_shift(1), kPerformance.note_off(pitch)}) {
      state.read(token);
    }
  }
  EXPECT_EQ(state.fault_of(kPerformance.note_on(60)), Fault::quick_restrike);
  EXPECT_EQ(state.fault_of(kPerformance.velocity(3)), Fault::quick_restrike);
  state.read(kPerformance.time_shift(100));  // the longest silence
  EXPECT_EQ(state.fault_of(kPerformance.note_on(60)), Fault::none);
}

TEST(MusicState, CloseEndsSoundingNotes) {
  const std::vector<std::array<std::string, 2>> cases = {
      {"BOS\n", ""},
      {"VELOCITY 9\nNOTE_ON 60\nNOTE_ON 64\nTIME_SHIFT 7\n", "NOTE_OFF 60\nNOTE_OFF 64\n"},
      {"VELOCITY 9\nNOTE_ON 60\nNOTE_ON 64\nTIME_SHIFT 7\nNOTE_OFF 60\n", "NOTE_OFF 64\n"},
      // Not in the step of its NOTE_ON, nor below an earlier NOTE_OFF of the step.
      {"VELOCITY 9\nNOTE_ON 60\n", "TIME_SHIFT 50\nNOTE_OFF 60\n"},
      {"VELOCITY 9\nNOTE_ON 60\nNOTE_ON 64\nTIME_SHIFT 7\nNOTE_OFF 64\n",
       "TIME_SHIFT 50\nNOTE_OFF 60\n"},
  };
  for (const auto& [before, ends] : cases) {
    auto tokens = tokens_of(before);
    state_after(before).close(tokens);
    EXPECT_EQ(events::to_text(tokens, kPerformance), before + ends);
  }
}

TEST(MusicState, CloseRemovesAVelocityWithoutItsNote) {
  const std::string before = "VELOCITY 9\nNOTE_ON 60\nTIME_SHIFT 7\n";
  auto tokens = tokens_of(before + "VELOCITY 3\n");
  state_after(before + "VELOCITY 3\n").close(tokens);
  EXPECT_EQ(events::to_text(tokens, kPerformance), before + "NOTE_OFF 60\n");
}

TEST(MusicState, CloseRemovesNothingElse) {
  const std::string before = "VELOCITY 9\nNOTE_OFF 60\n";
  auto tokens = tokens_of(before);
  state_after(before).close(tokens);
  EXPECT_EQ(events::to_text(tokens, kPerformance), before);
}

// A random event without a fault.
Token any_sensible(const MusicState& state, const Vocabulary& vocabulary, RandomStream& random) {
  std::vector<Token> sensible;
  for (Token token = 0; token < vocabulary.bos(); ++token) {
    if (state.fault_of(token) == Fault::none) sensible.push_back(token);
  }
  if (sensible.empty()) {
    ADD_FAILURE() << "nothing may come";
    return vocabulary.eos();
  }
  return sensible[random.below(sensible.size())];
}

std::vector<Token> without_trailing_shifts(std::vector<Token> tokens,
                                           const Vocabulary& vocabulary) {
  while (!tokens.empty() && vocabulary.event(tokens.back()).kind == Kind::time_shift) {
    tokens.pop_back();
  }
  return tokens;
}

TEST(MusicState, AllowedEventsAreCanonicalAndWithinTheLimits) {
  constexpr MusicLimits kTight{.longest_note_s = 2,
                               .longest_silence_s = 1,
                               .most_notes = 5,
                               .shortest_restrike_s = 0.3,
                               .longest_loop = 2};
  for (const auto& vocabulary : kVocabularies) {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      const auto limits = seed % 2 == 0 ? kTight : MusicLimits::none();
      MusicState state(vocabulary, limits);
      RandomStream random(seed, 0);
      std::vector<Token> tokens;
      for (int i = 0; i < 1000; ++i) {
        tokens.push_back(any_sensible(state, vocabulary, random));
        state.read(tokens.back());
        if (limits.most_notes > 0) {
          ASSERT_LE(state.sounding_notes(), limits.most_notes);
        }
      }
      state.close(tokens);
      const auto decoded = events::decode(tokens, vocabulary);
      ASSERT_EQ(decoded.mended.total(), 0);
      // From the first note on: encode() starts a crop there.
      const auto again = events::encode(events::plain_notes(decoded.performance), vocabulary);
      auto whole = without_trailing_shifts(tokens, vocabulary);
      whole.insert(whole.begin(), vocabulary.bos());
      whole.push_back(vocabulary.eos());
      ASSERT_EQ(again, whole) << seed;
      if (limits.longest_note_s == 0) continue;
      const auto longest_us = std::max(limits.longest_note_s * 1e6, vocabulary.step_us());
      for (const auto& note : decoded.performance.notes) ASSERT_LE(note.length_us, longest_us);
    }
  }
}

// After any prime some event is allowed, and the continuation needs no mending.
TEST(MusicState, ContinuesAfterAnyEvents) {
  constexpr MusicLimits kTightest{.longest_note_s = 0.01,
                                  .longest_silence_s = 0.01,
                                  .most_notes = 1,
                                  .shortest_restrike_s = 1,
                                  .longest_loop = 1};
  for (const auto& vocabulary : kVocabularies) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      RandomStream random(seed, 0);
      MusicState state(vocabulary, seed % 2 == 0 ? kTightest : MusicLimits::none());
      std::vector<Token> tokens;
      for (std::uint64_t i = 0; i < seed; ++i) {
        const auto size = static_cast<std::uint64_t>(vocabulary.eos());
        tokens.push_back(static_cast<Token>(random.below(seed % 3 == 0 ? size : 256)));
        state.read(tokens.back());
      }
      const auto before = events::decode(tokens, vocabulary).mended;
      for (int i = 0; i < 300; ++i) {
        tokens.push_back(any_sensible(state, vocabulary, random));
        state.read(tokens.back());
      }
      state.close(tokens);
      const auto after = events::decode(tokens, vocabulary).mended;
      EXPECT_EQ(after.stray_note_offs, before.stray_note_offs);
      EXPECT_EQ(after.restrikes, before.restrikes);
      EXPECT_EQ(after.empty_notes, before.empty_notes);
      EXPECT_EQ(after.unended_notes, 0);
    }
  }
}

TEST(MusicState, DoesNotAllocate) {
  const auto tokens = events::random_canonical(1, kPerformance);
  MusicState state(kPerformance);
  const auto before = allocation_count();
  for (const Token token : tokens) {
    for (Token next = 0; next < kPerformance.outputs(); ++next) (void)state.fault_of(next);
    state.read(token);
  }
  EXPECT_EQ(allocation_count(), before);
}

TEST(MusicLimits, OutOfRangeIsAUsageError) {
  const std::vector<std::pair<MusicLimits, std::string>> cases = {
      {{.longest_note_s = -1}, "longest_note is -1"},
      {{.longest_note_s = std::nan("")}, "longest_note is nan"},
      {{.longest_silence_s = 1e9}, "longest_silence is"},
      {{.most_notes = -1}, "most_notes is -1"},
      {{.shortest_restrike_s = -0.1}, "shortest_restrike is -0.1"},
      {{.longest_loop = -1}, "longest_loop is -1"}};
  for (const auto& [limits, message] : cases) {
    const auto valid = limits.validate();
    ASSERT_FALSE(valid.has_value()) << message;
    EXPECT_THAT(valid.error().message, HasSubstr(message));
    EXPECT_EQ(valid.error().kind, Error::Kind::usage);
  }
}

}  // namespace
}  // namespace pno::infer
