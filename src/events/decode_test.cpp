#include "events/decode.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "events/encode.h"
#include "events/random_music.h"
#include "events/text.h"

namespace pno::events {
namespace {

using testing::ElementsAre;

const Vocabulary kOdd = {333, 7, 100};
const Vocabulary kLeast = {1, 1, 1};
const Vocabulary kGreatest = {1000, 10000, 127};

Decoded decode_text(std::string_view text) {
  return decode(*from_text(text, kPerformance), kPerformance);
}

std::vector<PlainNote> notes_of(std::string_view text) {
  return plain_notes(decode_text(text).performance);
}

// The guarantees of decode() for any tokens.
void expect_playable(const std::vector<midi::Note>& notes) {
  std::map<int, std::int64_t> free_from_us;
  std::pair<std::int64_t, int> previous = {-1, -1};
  for (const auto& note : notes) {
    const std::pair<std::int64_t, int> place = {note.start_us, note.pitch};
    ASSERT_LT(previous, place);
    previous = place;
    ASSERT_GT(note.length_us, 0U);
    ASSERT_EQ(note.key_length_us, note.length_us);
    ASSERT_GE(note.velocity, 1);
    ASSERT_LE(note.velocity, 127);
    ASSERT_GE(note.start_us, free_from_us[note.pitch]);
    free_from_us[note.pitch] = note.end_us();
  }
}

TEST(Decode, NotesHaveTheTimesAndPitchesOfTheTokens) {
  EXPECT_THAT(notes_of("BOS\nTIME_SHIFT 5\nVELOCITY 15\nNOTE_ON 60\nTIME_SHIFT 12\n"
                       "VELOCITY 31\nNOTE_ON 64\nTIME_SHIFT 1\nNOTE_OFF 60\nNOTE_OFF 64\nEOS\n"),
              ElementsAre(PlainNote{50'000, 130'000, 60, 62}, PlainNote{170'000, 10'000, 64, 126}));
}

// docs/design.md section 8: the seed had 8 ms hard-coded.
TEST(Decode, UsesTheStepsOfTheVocabulary) {
  for (const Vocabulary& v : {kPerformance, kPnoAi, kLeast, kGreatest}) {
    const std::vector<Token> tokens = {v.time_shift(1), v.note_on(60), v.time_shift(1),
                                       v.note_off(60)};
    const auto step_us = static_cast<std::uint32_t>(v.step_us());
    const auto notes = plain_notes(decode(tokens, v).performance);
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_EQ(notes[0].start_us, step_us);
    EXPECT_EQ(notes[0].length_us, step_us);
  }
}

// docs/design.md section 8: in the seed one stray NOTE_OFF lost all later notes of its pitch.
TEST(Decode, IgnoresAStrayNoteOff) {
  const auto* const clean =
      "VELOCITY 9\nNOTE_ON 60\nTIME_SHIFT 3\nNOTE_OFF 60\nNOTE_ON 60\n"
      "TIME_SHIFT 2\nNOTE_OFF 60\n";
  const auto stray = decode_text(std::string("NOTE_OFF 60\nNOTE_OFF 61\n") + clean);
  EXPECT_EQ(stray.performance.notes, decode_text(clean).performance.notes);
  EXPECT_EQ(stray.performance.notes.size(), 2U);
  EXPECT_EQ(stray.mended.stray_note_offs, 2);
  EXPECT_EQ(stray.mended.total(), 2);
}

TEST(Decode, NoteOnForASoundingPitchEndsAndRestrikesIt) {
  const auto decoded =
      decode_text("VELOCITY 0\nNOTE_ON 60\nTIME_SHIFT 3\nNOTE_ON 60\nTIME_SHIFT 2\nNOTE_OFF 60\n");
  EXPECT_THAT(plain_notes(decoded.performance),
              ElementsAre(PlainNote{0, 30'000, 60, 2}, PlainNote{30'000, 20'000, 60, 2}));
  EXPECT_EQ(decoded.mended.restrikes, 1);
  EXPECT_EQ(decoded.mended.total(), 1);
}

TEST(Decode, TwoNoteOnsInOneStepBecomeOneNote) {
  const auto decoded =
      decode_text("VELOCITY 9\nNOTE_ON 60\nVELOCITY 0\nNOTE_ON 60\nTIME_SHIFT 3\nNOTE_OFF 60\n");
  EXPECT_THAT(plain_notes(decoded.performance), ElementsAre(PlainNote{0, 30'000, 60, 38}));
  EXPECT_EQ(decoded.mended.restrikes, 1);
  EXPECT_EQ(decoded.mended.total(), 1);
}

TEST(Decode, EndsSoundingNotesAtTheEnd) {
  const auto decoded =
      decode_text("VELOCITY 0\nNOTE_ON 60\nTIME_SHIFT 100\nTIME_SHIFT 50\nNOTE_ON 61\nEOS\n");
  EXPECT_THAT(plain_notes(decoded.performance),
              ElementsAre(PlainNote{0, 1'500'000, 60, 2}, PlainNote{1'500'000, 10'000, 61, 2}));
  EXPECT_EQ(decoded.mended.unended_notes, 2);
  EXPECT_EQ(decoded.mended.total(), 2);
  EXPECT_EQ(decoded.length_us, 1'500'000);
}

TEST(Decode, EmptyNoteLastsOneStep) {
  const auto decoded = decode_text("VELOCITY 0\nNOTE_ON 60\nNOTE_OFF 60\nTIME_SHIFT 9\n");
  EXPECT_THAT(plain_notes(decoded.performance), ElementsAre(PlainNote{0, 10'000, 60, 2}));
  EXPECT_EQ(decoded.mended.empty_notes, 1);
  EXPECT_EQ(decoded.mended.total(), 1);
}

TEST(Decode, EmptyNoteStruckAgainInItsStepBecomesOneNote) {
  const auto decoded =
      decode_text("NOTE_ON 60\nNOTE_OFF 60\nNOTE_ON 60\nTIME_SHIFT 9\nNOTE_OFF 60\n");
  EXPECT_THAT(plain_notes(decoded.performance), ElementsAre(PlainNote{0, 90'000, 60, 66}));
  EXPECT_EQ(decoded.mended.empty_notes, 1);
  EXPECT_EQ(decoded.mended.restrikes, 1);
}

TEST(Decode, IgnoresAndCountsIdsBeyondTheVocabulary) {
  const auto& v = kPerformance;
  const std::vector<Token> tokens = {v.note_on(60), static_cast<Token>(v.inputs()), 65535,
                                     v.time_shift(1), v.note_off(60)};
  const auto decoded = decode(tokens, v);
  EXPECT_EQ(decoded.performance.notes.size(), 1U);
  EXPECT_EQ(decoded.mended.foreign_tokens, 2);
  EXPECT_EQ(decoded.mended.total(), 2);
}

TEST(Decode, ReadsNothingAfterEos) {
  const auto decoded =
      decode_text("NOTE_ON 60\nBOS\nTIME_SHIFT 1\nNOTE_OFF 60\nEOS\nTIME_SHIFT 1\nNOTE_OFF 60\n");
  EXPECT_EQ(decoded.performance.notes.size(), 1U);
  EXPECT_EQ(decoded.mended.total(), 0);
  EXPECT_EQ(decoded.length_us, 10'000);
}

TEST(DecodePieces, FollowOneAnother) {
  const auto& v = kPerformance;
  const auto tokens = from_text(
      "BOS\nVELOCITY 0\nNOTE_ON 60\nTIME_SHIFT 50\nNOTE_OFF 60\nEOS\n"
      "BOS\nVELOCITY 0\nNOTE_ON 62\nTIME_SHIFT 50\nNOTE_OFF 62\nEOS\n",
      v);
  const auto decoded = decode_pieces(*tokens, v);
  EXPECT_EQ(decoded.pieces, 2);
  EXPECT_THAT(plain_notes(decoded.all.performance),
              ElementsAre(PlainNote{0, 500'000, 60, 2}, PlainNote{500'000, 500'000, 62, 2}));
  EXPECT_EQ(decoded.all.mended.total(), 0);
  EXPECT_EQ(decoded.all.length_us, 1'000'000);
}

TEST(DecodePieces, BeginAfterAnEosAndAtABos) {
  const auto& v = kPerformance;
  const struct {
    const char* text;
    int pieces, notes;
    std::int64_t mended;
  } cases[] = {
      {"", 0, 0, 0},
      {"BOS\nEOS\n", 0, 0, 0},
      {"NOTE_ON 60\nTIME_SHIFT 1\nNOTE_OFF 60\n", 1, 1, 0},
      {"NOTE_ON 60\nTIME_SHIFT 1\nEOS\nNOTE_ON 60\nTIME_SHIFT 1\n", 2, 2, 2},
      {"BOS\nNOTE_ON 60\nBOS\nNOTE_ON 60\n", 2, 2, 2},
      {"BOS\nNOTE_ON 60\nTIME_SHIFT 1\nNOTE_OFF 60\nEOS\nEOS\nBOS\nTIME_SHIFT 9\n", 1, 1, 0},
  };
  for (const auto& [text, pieces, notes, mended] : cases) {
    const auto decoded = decode_pieces(*from_text(text, v), v);
    EXPECT_EQ(decoded.pieces, pieces) << text;
    EXPECT_EQ(decoded.all.performance.notes.size(), static_cast<std::size_t>(notes)) << text;
    EXPECT_EQ(decoded.all.mended.total(), mended) << text;
  }
}

TEST(DecodePieces, EndAfterTheirLastNote) {
  const auto& v = kPerformance;
  const auto decoded = decode_pieces(*from_text("NOTE_ON 60\nEOS\nNOTE_ON 60\n", v), v);
  EXPECT_THAT(plain_notes(decoded.all.performance),
              ElementsAre(PlainNote{0, 10'000, 60, 66}, PlainNote{10'000, 10'000, 60, 66}));
}

TEST(Decode, NotesBeforeTheFirstVelocityGetTheMiddleBin) {
  EXPECT_THAT(notes_of("NOTE_ON 60\nTIME_SHIFT 1\nNOTE_OFF 60\n"),
              ElementsAre(PlainNote{0, 10'000, 60, 66}));
}

TEST(Decode, NotesOfAStepAreSortedByPitch) {
  EXPECT_THAT(notes_of("NOTE_ON 72\nNOTE_ON 60\nTIME_SHIFT 1\nNOTE_OFF 60\nNOTE_OFF 72\n"),
              ElementsAre(PlainNote{0, 10'000, 60, 66}, PlainNote{0, 10'000, 72, 66}));
}

TEST(Decode, CutsAndCountsAnOverlongNote) {
  const Vocabulary& v = kGreatest;
  std::vector<Token> tokens = {v.note_on(60)};
  tokens.insert(tokens.end(), 430, v.time_shift(10000));  // 4300 s
  tokens.push_back(v.note_off(60));
  const auto decoded = decode(tokens, v);
  EXPECT_EQ(decoded.performance.notes.at(0).length_us, UINT32_MAX);
  EXPECT_EQ(decoded.mended.overlong_notes, 1);
  EXPECT_EQ(decoded.length_us, 4'300'000'000);
}

// Every sequence of up to seven tokens about one pitch and its neighbour.
TEST(Decode, AnyTokensGiveAValidPerformance) {
  const auto& v = kPerformance;
  const std::vector<Token> alphabet = {v.note_on(61),   v.note_on(60), v.note_off(60),
                                       v.time_shift(1), v.velocity(3), v.eos()};
  constexpr std::size_t kLongest = 7;
  std::size_t sequences = 1;
  for (std::size_t length = 0; length <= kLongest; ++length, sequences *= alphabet.size()) {
    for (std::size_t number = 0; number < sequences; ++number) {
      std::vector<Token> tokens;
      for (std::size_t rest = number; tokens.size() < length; rest /= alphabet.size()) {
        tokens.push_back(alphabet[rest % alphabet.size()]);
      }
      const auto notes = decode(tokens, v).performance;
      expect_playable(notes.notes);
      const auto again = decode(encode(plain_notes(notes), v), v);
      ASSERT_EQ(again.performance.notes, notes.notes);
      ASSERT_EQ(again.mended.total(), 0);
    }
  }
}

TEST(EncodeDecode, CanonicalTokensSurviveTheRoundTrip) {
  for (const Vocabulary& v : {kPerformance, kPnoAi, kOdd, kLeast, kGreatest}) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      for (const bool crop : {false, true}) {
        const auto tokens =
            random_canonical(seed, v, {.moments = static_cast<int>(seed), .crop = crop});
        const auto decoded = decode(tokens, v);
        ASSERT_EQ(decoded.mended.total(), 0) << seed;
        const auto notes = plain_notes(decoded.performance);
        ASSERT_EQ(encode(notes, v, {.bos = !crop, .eos = !crop}), tokens) << seed;
      }
    }
  }
}

}  // namespace
}  // namespace pno::events
