#include "events/encode.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "events/random_music.h"
#include "events/text.h"

namespace pno::events {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kMs = 1000;  // microseconds

// A slow, simple implementation: all events of the piece with their steps, sorted.
std::vector<Token> encode_slowly(std::span<const PlainNote> notes, const Vocabulary& vocabulary,
                                 const EncodeOptions& options) {
  struct Strike {
    std::int64_t end_step;
    int velocity;
  };
  const std::int64_t origin_us = options.bos || notes.empty() ? 0 : notes[0].start_us;
  const auto step_of = [&](std::int64_t time_us) {
    const auto us = static_cast<double>(time_us - origin_us);
    return static_cast<std::int64_t>(
        std::floor(us * (vocabulary.steps_per_second * options.stretch) / 1e6 + 0.5));
  };
  std::map<int, std::map<std::int64_t, Strike>> by_pitch;  // pitch, then start step
  for (const auto& note : notes) {
    const std::int64_t start = step_of(note.start_us);
    const std::int64_t end = std::max(step_of(note.start_us + note.length_us), start + 1);
    auto& strike =
        by_pitch[note.pitch + options.transpose].try_emplace(start, Strike{end, 0}).first->second;
    strike.end_step = std::max(strike.end_step, end);
    strike.velocity = std::max(strike.velocity, int{note.velocity});
  }

  struct Timed {
    std::int64_t step;
    bool is_on;
    int pitch, velocity;
  };
  std::vector<Timed> events;
  for (const auto& [pitch, strikes] : by_pitch) {
    for (auto strike = strikes.begin(); strike != strikes.end(); ++strike) {
      const auto next = std::next(strike);
      const std::int64_t end = next == strikes.end()
                                   ? strike->second.end_step
                                   : std::min(strike->second.end_step, next->first);
      events.push_back({strike->first, true, pitch, strike->second.velocity});
      events.push_back({end, false, pitch, 0});
    }
  }
  std::ranges::sort(events, {},
                    [](const Timed& e) { return std::tuple(e.step, e.is_on, e.pitch); });

  std::vector<Token> tokens;
  if (options.bos) tokens.push_back(vocabulary.bos());
  std::int64_t now = 0;
  int bin = -1;
  for (const auto& event : events) {
    while (now < event.step) {
      const auto steps = std::min<std::int64_t>(event.step - now, vocabulary.max_shift_steps);
      tokens.push_back(vocabulary.time_shift(static_cast<int>(steps)));
      now += steps;
    }
    if (!event.is_on) {
      tokens.push_back(vocabulary.note_off(event.pitch));
      continue;
    }
    const int new_bin = vocabulary.velocity_bin(event.velocity);
    if (new_bin != bin) tokens.push_back(vocabulary.velocity(new_bin));
    bin = new_bin;
    tokens.push_back(vocabulary.note_on(event.pitch));
  }
  if (options.eos) tokens.push_back(vocabulary.eos());
  if (tokens.size() > options.max_tokens) tokens.resize(options.max_tokens);
  return tokens;
}

// The events after BOS and before EOS, as text.
std::string body(std::vector<PlainNote> notes, const Vocabulary& v = kPerformance) {
  const auto tokens = encode(notes, v);
  EXPECT_EQ(tokens.front(), v.bos());
  EXPECT_EQ(tokens.back(), v.eos());
  auto text = to_text(std::span(tokens).subspan(1, tokens.size() - 2), v);
  std::ranges::replace(text, '\n', ';');
  return text;
}

TEST(Encode, NoteBecomesVelocityNoteOnShiftNoteOff) {
  EXPECT_EQ(body({{0, 120 * kMs, 60, 64}}), "VELOCITY 15;NOTE_ON 60;TIME_SHIFT 12;NOTE_OFF 60;");
}

TEST(Encode, EmptyPieceIsBosAndEos) {
  EXPECT_THAT(encode({}, kPerformance), ElementsAre(kPerformance.bos(), kPerformance.eos()));
}

TEST(Encode, KeepsSilenceBeforeTheFirstNoteOfAPiece) {
  EXPECT_EQ(body({{1500 * kMs, 10 * kMs, 60, 1}}),
            "TIME_SHIFT 100;TIME_SHIFT 50;VELOCITY 0;NOTE_ON 60;TIME_SHIFT 1;NOTE_OFF 60;");
}

TEST(Encode, CropStartsWithItsFirstNote) {
  const std::vector<PlainNote> notes = {{1500 * kMs + 7, 10 * kMs, 60, 1}};
  const auto tokens = encode(notes, kPerformance, {.bos = false, .eos = false});
  EXPECT_EQ(to_text(tokens, kPerformance), "VELOCITY 0\nNOTE_ON 60\nTIME_SHIFT 1\nNOTE_OFF 60\n");
}

TEST(Encode, GapBecomesMaximalShiftsThenTheRemainder) {
  EXPECT_EQ(body({{0, 3000 * kMs, 60, 1}}),
            "VELOCITY 0;NOTE_ON 60;TIME_SHIFT 100;TIME_SHIFT 100;TIME_SHIFT 100;NOTE_OFF 60;");
  EXPECT_EQ(body({{0, 1010 * kMs, 60, 1}}),
            "VELOCITY 0;NOTE_ON 60;TIME_SHIFT 100;TIME_SHIFT 1;NOTE_OFF 60;");
  EXPECT_EQ(body({{0, 1008 * kMs, 60, 1}}, kPnoAi),
            "VELOCITY 0;NOTE_ON 60;TIME_SHIFT 125;TIME_SHIFT 1;NOTE_OFF 60;");
}

TEST(Encode, NoteOffsPrecedeNoteOnsAndBothAscendByPitch) {
  EXPECT_EQ(body({{0, 10 * kMs, 60, 1},
                  {1 * kMs, 9 * kMs, 50, 1},  // in the step of the first, but lower
                  {9 * kMs, 1 * kMs, 72, 1},
                  {10 * kMs, 10 * kMs, 40, 1}}),
            "VELOCITY 0;NOTE_ON 50;NOTE_ON 60;"
            "TIME_SHIFT 1;NOTE_OFF 50;NOTE_OFF 60;NOTE_ON 40;NOTE_ON 72;"
            "TIME_SHIFT 1;NOTE_OFF 40;NOTE_OFF 72;");
}

TEST(Encode, WritesVelocityOnlyIfTheBinChanges) {
  EXPECT_EQ(body({{0, 10 * kMs, 60, 61}, {0, 10 * kMs, 62, 64}, {0, 10 * kMs, 64, 65}}),
            "VELOCITY 15;NOTE_ON 60;NOTE_ON 62;VELOCITY 16;NOTE_ON 64;"
            "TIME_SHIFT 1;NOTE_OFF 60;NOTE_OFF 62;NOTE_OFF 64;");
}

// Flooring binary fractions would make 0.29 s step 28.
TEST(Encode, NotesOnTheGridKeepTheirStep) {
  for (const Vocabulary& v : {kPerformance, kPnoAi, Vocabulary{1000, 100, 32}}) {
    const std::int64_t step_us = 1'000'000 / v.steps_per_second;
    for (std::int64_t step = 0; step < 200'000; step += 1 + step / 1000) {
      const std::vector<PlainNote> notes = {{step * step_us, 10, 60, 64}};
      std::int64_t shifts = 0;
      for (const Token token : encode(notes, v)) {
        const Event event = v.event(token);
        if (event.kind == Kind::note_on) break;
        if (event.kind == Kind::time_shift) shifts += event.value;
      }
      ASSERT_EQ(shifts, step);
    }
  }
}

TEST(Encode, HalfAStepRoundsUpAndLessRoundsDown) {
  EXPECT_EQ(body({{5000, 20 * kMs, 60, 1}}),
            "TIME_SHIFT 1;VELOCITY 0;NOTE_ON 60;TIME_SHIFT 2;NOTE_OFF 60;");
  EXPECT_EQ(body({{4999, 20 * kMs, 60, 1}}), "VELOCITY 0;NOTE_ON 60;TIME_SHIFT 2;NOTE_OFF 60;");
  const std::int64_t late_us = 86'400'000'000;  // a day
  for (const std::int64_t offset_us : {4999, 5000}) {
    const auto tokens =
        encode(std::vector<PlainNote>{{late_us + offset_us, 1, 60, 1}}, kPerformance);
    const auto shifts = std::ranges::count(tokens, kPerformance.time_shift(100));
    EXPECT_EQ(shifts, 86'400);
    EXPECT_EQ(std::ranges::count(tokens, kPerformance.time_shift(1)), offset_us == 5000 ? 2 : 1);
  }
}

// A thousand gaps of 14.9 ms are 14.9 s, not a thousand times one step.
TEST(Encode, RoundingDoesNotDrift) {
  std::vector<PlainNote> notes;
  for (int i = 0; i < 1001; ++i) notes.push_back({std::int64_t{i} * 14'900, 5000, 60, 64});
  std::int64_t steps = 0;
  for (const Token token : encode(notes, kPerformance)) {
    const Event event = kPerformance.event(token);
    if (event.kind == Kind::time_shift) steps += event.value;
  }
  EXPECT_EQ(steps, 1491);  // the last note starts at 14.9 s and lasts its one step
}

TEST(Encode, NoteLastsAtLeastOneStep) {
  EXPECT_EQ(body({{0, 1, 60, 1}}), "VELOCITY 0;NOTE_ON 60;TIME_SHIFT 1;NOTE_OFF 60;");
}

TEST(Encode, NoteOffPrecedesTheRestrikeOfItsPitch) {
  EXPECT_EQ(body({{0, 1, 60, 1}, {10 * kMs, 10 * kMs, 60, 1}}),
            "VELOCITY 0;NOTE_ON 60;TIME_SHIFT 1;NOTE_OFF 60;NOTE_ON 60;TIME_SHIFT 1;NOTE_OFF 60;");
}

TEST(Encode, NotesOfOnePitchInOneStepBecomeOne) {
  EXPECT_EQ(body({{0, 1, 60, 127}, {4 * kMs, 100 * kMs, 60, 1}}),
            "VELOCITY 31;NOTE_ON 60;TIME_SHIFT 10;NOTE_OFF 60;");
}

TEST(Encode, OverlappingNoteEndsWhenItsPitchIsStruckAgain) {
  EXPECT_EQ(body({{0, 100 * kMs, 60, 1}, {50 * kMs, 20 * kMs, 60, 1}}),
            "VELOCITY 0;NOTE_ON 60;TIME_SHIFT 5;NOTE_OFF 60;NOTE_ON 60;TIME_SHIFT 2;NOTE_OFF 60;");
}

TEST(Encode, StretchMultipliesTimesBeforeRounding) {
  const std::vector<PlainNote> notes = {{1000 * kMs, 100 * kMs, 60, 1}};
  const auto tokens = encode(notes, kPerformance, {.stretch = 1.05});
  EXPECT_EQ(to_text(tokens, kPerformance),
            "BOS\nTIME_SHIFT 100\nTIME_SHIFT 5\nVELOCITY 0\nNOTE_ON 60\nTIME_SHIFT 11\n"
            "NOTE_OFF 60\nEOS\n");  // 1.155 s is half past step 115
}

// A pitch transposed out of its range must not become the id of another event.
TEST(Encode, TransposedPitchesNeverBecomeOtherEvents) {
  const std::vector<PlainNote> notes = {{0, 10 * kMs, 4, 1}, {0, 10 * kMs, 124, 1}};
  for (const int transpose : {-4, 3}) {
    for (const Token token : encode(notes, kPerformance, {.transpose = transpose})) {
      const Event event = kPerformance.event(token);
      if (event.kind != Kind::note_on && event.kind != Kind::note_off) continue;
      EXPECT_TRUE(event.value == 4 + transpose || event.value == 124 + transpose);
    }
  }
  EXPECT_DEATH(encode(notes, kPerformance, {.transpose = 4}), "transposed out of 0..127");
  EXPECT_DEATH(encode(notes, kPerformance, {.transpose = -5}), "transposed out of 0..127");
}

TEST(Encode, AbortsOnUnsortedNotes) {
  const std::vector<PlainNote> notes = {{50 * kMs, 10, 60, 1}, {0, 10, 60, 1}};
  EXPECT_DEATH(encode(notes, kPerformance), "not sorted");
}

TEST(Encode, EqualsTheSlowImplementation) {
  const Vocabulary odd = {333, 7, 100};
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto notes = random_notes(seed, seed % 50 * 10);
    for (const Vocabulary& v : {kPerformance, kPnoAi, odd}) {
      for (const double stretch : {1.0, 0.9731, 1.05}) {
        for (const bool crop : {false, true}) {
          const EncodeOptions options = {.stretch = stretch, .bos = !crop, .eos = seed % 2 == 0};
          ASSERT_EQ(encode(notes, v, options), encode_slowly(notes, v, options)) << seed;
        }
      }
    }
  }
}

TEST(Encode, EqualsTheSlowImplementationWithOverlappingNotes) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    auto notes = random_notes(seed, 300);
    for (auto& note : notes) note.pitch = static_cast<std::uint8_t>(60 + note.pitch % 3);
    std::ranges::stable_sort(notes, {},
                             [](const PlainNote& n) { return std::pair(n.start_us, n.pitch); });
    ASSERT_EQ(encode(notes, kPerformance), encode_slowly(notes, kPerformance, {})) << seed;
  }
}

TEST(Encode, StopsAtEveryNumberOfTokens) {
  const auto notes = random_notes(5, 60);
  const auto all = encode(notes, kPerformance);
  for (std::size_t count = 0; count <= all.size() + 1; ++count) {
    const auto some = encode(notes, kPerformance, {.max_tokens = count});
    ASSERT_EQ(some.size(), std::min(count, all.size()));
    ASSERT_TRUE(std::equal(some.begin(), some.end(), all.begin()));
  }
}

TEST(Encode, AppendsToExistingTokens) {
  const auto notes = random_notes(6, 20);
  std::vector<Token> tokens = {1, 2, 3};
  encode(notes, kPerformance, {.max_tokens = 10}, tokens);
  const auto ten = encode(notes, kPerformance, {.max_tokens = 10});
  ASSERT_EQ(tokens.size(), 13U);
  EXPECT_TRUE(std::equal(ten.begin(), ten.end(), tokens.begin() + 3));
}

TEST(Encoder, AcceptsNotesInPortions) {
  const auto notes = random_notes(7, 500);
  for (const std::size_t block : {1U, 2U, 7U, 64U}) {
    std::vector<Token> tokens;
    Encoder encoder(kPerformance, {}, tokens);
    for (std::size_t i = 0; i < notes.size(); i += block) {
      EXPECT_TRUE(encoder.add(std::span(notes).subspan(i, std::min(block, notes.size() - i))));
    }
    encoder.finish();
    EXPECT_EQ(tokens, encode(notes, kPerformance));
  }
}

TEST(PlainNotes, HavePedalsApplied) {
  midi::Performance performance;
  performance.notes = {
      {.start_us = 5, .length_us = 90, .key_length_us = 10, .pitch = 60, .velocity = 7}};
  EXPECT_THAT(plain_notes(performance), ElementsAre(PlainNote{5, 90, 60, 7}));
}

}  // namespace
}  // namespace pno::events
