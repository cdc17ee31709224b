#include "midi/smf_continuation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "midi/raw_track.h"
#include "midi/smf_builder.h"
#include "midi/smf_chunks.h"
#include "midi/smf_reader.h"

namespace pno::midi {
namespace {

using testing::HasSubstr;

Note note(std::int64_t start_us, std::uint32_t length_us, std::uint8_t pitch) {
  return {.start_us = start_us,
          .length_us = length_us,
          .key_length_us = length_us,
          .pitch = pitch,
          .velocity = 80};
}

struct Continued {
  FileBytes bytes;
  SmfChunks chunks;
  std::vector<std::vector<RawEvent>> tracks;
  SmfFile file;
  std::int64_t left_out = 0;
};

Continued continued(const FileBytes& bytes, const Continuation& continuation) {
  auto result = continue_smf(bytes, continuation);
  EXPECT_TRUE(result.has_value()) << result.error().message;
  Continued continued;
  if (!result) return continued;
  continued.bytes = std::move(result->bytes);
  continued.left_out = result->left_out;
  Oddities oddities;
  continued.chunks = find_chunks(continued.bytes, oddities).value();
  for (const auto& track : continued.chunks.tracks) {
    continued.tracks.push_back(read_raw_track(track, continued.chunks.division));
  }
  continued.file = read_smf(continued.bytes, {.programs = Programs::all}).value();
  EXPECT_EQ(continued.file.oddities.text(), "");
  return continued;
}

// The events of a track before a tick, as text.
std::string events_before(const std::vector<RawEvent>& events, std::int64_t tick) {
  std::string text;
  for (const auto& event : events) {
    if (event.tick >= tick) break;
    text += fmt::format("{}:", event.tick);
    for (const auto byte : event.bytes) text += fmt::format(" {:02x}", std::to_integer<int>(byte));
    text += "\n";
  }
  return text;
}

// A conductor with a metre, two tempos and a marker, and a piano on channel 3 with a pedal, in
// quarters of 0.5 s, then of 1 s from 2.0 s on. Channel 0 has a flute.
FileBytes song() {
  const Track conductor = Track()
                              .event(0, {0xFF, 3, 2, 'S', 'o'})
                              .event(0, {0xFF, 0x58, 4, 3, 2, 24, 8})
                              .tempo(0, 500'000)
                              .event(0, {0xF7, 2, 1, 2})
                              .tempo(4 * 480, 1'000'000)
                              .event(480, {0xFF, 6, 1, 'm'})
                              .end(9999);
  const Track piano = Track()
                          .event(0, {0xFF, 3, 5, 'P', 'i', 'a', 'n', 'o'})
                          .program(0, 2, 3)
                          .control(0, 7, 90, 3)
                          .sustain(240, 127, 3)
                          .on(0, 60, 64, 3)
                          .raw({0x40, 64, 50})  // running status
                          .off(240, 60, 3)
                          .on(240, 67, 64, 3)
                          .sustain(4 * 480, 0, 3)
                          .off(480, 67, 3)
                          .off(0, 64, 3)
                          .end();
  const Track flute = Track().program(0, 73).on(0, 90).off(9999, 90).end();
  return smf(1, {conductor, piano, flute}, 480);
}

TEST(ContinueSmf, KeepsTheEventsUpToTheCut) {
  const auto bytes = song();
  Continuation continuation{.cut_us = 1'000'000, .title = "new"};
  continuation.music.notes = {note(1'200'000, 300'000, 72), note(3'000'000, 1'000'000, 74)};
  const auto result = continued(bytes, continuation);
  EXPECT_EQ(result.chunks.format, 1);
  EXPECT_EQ(result.chunks.division.per_quarter, 480);
  Oddities oddities;
  const auto before = find_chunks(bytes, oddities).value();
  ASSERT_EQ(result.tracks.size(), before.tracks.size() + 1);
  constexpr std::int64_t kCutTick = 960;
  for (std::size_t i = 0; i < before.tracks.size(); ++i) {
    const auto own = read_raw_track(before.tracks[i], before.division);
    EXPECT_EQ(events_before(result.tracks[i], kCutTick), events_before(own, kCutTick)) << i;
  }
  EXPECT_EQ(result.file.performance.track_names,
            (std::vector<std::string>{"So", "Piano", "", "new"}));
  EXPECT_EQ(result.file.tempo_changes, 1) << "the second tempo comes after the cut";
}

TEST(ContinueSmf, NewNotesFollowTheTempoMap) {
  Continuation continuation{.cut_us = 2'500'000};
  continuation.music.notes = {note(2'600'000, 300'000, 72), note(4'000'000, 1'000'000, 74)};
  const auto result = continued(song(), continuation);
  EXPECT_EQ(result.file.tempo_changes, 2);
  const auto& notes = result.file.performance.notes;
  for (const auto& expected : continuation.music.notes) {
    const auto found =
        std::ranges::find_if(notes, [&](const Note& read) { return read.pitch == expected.pitch; });
    ASSERT_NE(found, notes.end());
    EXPECT_NEAR(static_cast<double>(found->start_us), static_cast<double>(expected.start_us), 1100);
    EXPECT_NEAR(static_cast<double>(found->end_us()), static_cast<double>(expected.end_us()), 1100);
    EXPECT_NE(found->channel, 3) << "the pedal of the piano";
    EXPECT_NE(found->channel, 0);
    EXPECT_NE(found->channel, 9);
  }
}

TEST(ContinueSmf, TheNewTrackHasTheInstrumentOfThePiano) {
  Continuation continuation{.cut_us = 1'000'000};
  continuation.music.notes = {note(1'200'000, 300'000, 72)};
  const auto result = continued(song(), continuation);
  const auto& track = result.tracks.back();
  const auto has = [&](std::initializer_list<int> bytes) {
    return std::ranges::any_of(track, [&](const RawEvent& event) {
      return std::ranges::equal(event.bytes, bytes, {},
                                [](std::byte byte) { return std::to_integer<int>(byte); });
    });
  };
  const int channel = track.back().channel();
  EXPECT_TRUE(has({0xC0 | channel, 2}));
  EXPECT_TRUE(has({0xB0 | channel, 7, 90}));
}

// At 1.2 s the keys 64 and 67 are down, and the pedal alone holds 60.
TEST(ContinueSmf, EndsHeldKeysAndThePedalWhereTheModelDoes) {
  Continuation continuation{.cut_us = 1'200'000};
  continuation.ends_us[60] = 2'100'000;
  continuation.ends_us[64] = 1'500'000;
  continuation.ends_us[67] = 3'900'000;
  const auto result = continued(song(), continuation);
  std::vector<std::pair<int, double>> ends;
  for (const auto& read : result.file.performance.notes) {
    ends.push_back({read.pitch, static_cast<double>(read.end_us()) / 1e6});
  }
  EXPECT_THAT(ends, testing::UnorderedElementsAre(
                        testing::Pair(60, testing::DoubleNear(2.1, 0.002)),
                        testing::Pair(64, testing::DoubleNear(2.1, 0.002)),  // under the pedal
                        testing::Pair(67, testing::DoubleNear(3.9, 0.002)),
                        testing::Pair(90, testing::DoubleNear(1.2, 0.002))));
}

TEST(ContinueSmf, ThePedalRisesTwoSecondsAfterTheCutAtTheLatest) {
  Continuation continuation{.cut_us = 1'200'000};
  continuation.ends_us[60] = 9'000'000;
  const auto result = continued(song(), continuation);
  ASSERT_EQ(result.file.performance.pedals.size(), 1U);
  EXPECT_NEAR(static_cast<double>(result.file.performance.pedals[0].end_us), 3.2e6, 1100);
}

TEST(ContinueSmf, AFormat0FileBecomesFormat1) {
  const auto bytes = smf(Track().on(0, 60).off(500, 60).on(500, 62).off(500, 62).end());
  Continuation continuation{.cut_us = 900'000};
  continuation.music.notes = {note(1'000'000, 500'000, 72)};
  const auto result = continued(bytes, continuation);
  EXPECT_EQ(result.chunks.format, 1);
  EXPECT_EQ(result.chunks.tracks.size(), 2U);
  ASSERT_EQ(result.file.performance.notes.size(), 2U);
  EXPECT_EQ(result.file.performance.notes[1], [] {
    Note expected = note(1'000'000, 500'000, 72);
    expected.channel = 1;
    return expected;
  }());
}

TEST(ContinueSmf, DividesCoarseTicks) {
  const auto bytes = smf(0, {Track().on(0, 60).off(24, 60).end()}, 24);  // ticks of 20.8 ms
  Continuation continuation{.cut_us = 600'000};
  continuation.music.notes = {note(610'000, 90'000, 72)};
  const auto result = continued(bytes, continuation);
  EXPECT_EQ(result.chunks.division.per_quarter, 24 * 5);
  ASSERT_EQ(result.file.performance.notes.size(), 2U);
  EXPECT_EQ(result.file.performance.notes[0].length_us, 500'000U);
  EXPECT_NEAR(static_cast<double>(result.file.performance.notes[1].start_us), 610'000, 2'100);
}

TEST(ContinueSmf, CountsFramesOfAFilm) {
  constexpr int kFrames25Of4 = 0xE704;  // ticks of 10 ms
  const auto bytes = smf(0, {Track().on(0, 60).off(100, 60).end()}, kFrames25Of4);
  Continuation continuation{.cut_us = 1'100'000};
  continuation.music.notes = {note(1'200'000, 500'000, 72)};
  const auto result = continued(bytes, continuation);
  EXPECT_EQ(result.chunks.division_word, 0xE708U) << "ticks of 5 ms";
  ASSERT_EQ(result.file.performance.notes.size(), 2U);
  EXPECT_EQ(result.file.performance.notes[0].length_us, 1'000'000U);
  EXPECT_EQ(result.file.performance.notes[1].start_us, 1'200'000);
  continuation.tempo_scale = 2;
  EXPECT_THAT(continue_smf(bytes, continuation).error().message, HasSubstr("frames"));
}

TEST(ContinueSmf, ScalesTheTempo) {
  Continuation continuation{.cut_us = 1'000'000, .tempo_scale = 2};
  continuation.music.notes = {note(1'200'000, 300'000, 72)};
  const auto result = continued(song(), continuation);
  EXPECT_EQ(result.file.first_tempo_bpm, 240);
  EXPECT_EQ(result.file.performance.notes.back().start_us, 600'000);
  const auto plain = smf(Track().on(0, 60).off(500, 60).end());  // without a tempo
  EXPECT_EQ(continued(plain, continuation).file.first_tempo_bpm, 240);
}

TEST(ContinueSmf, TransposesTheFile) {
  Continuation continuation{.cut_us = 1'200'000, .transpose = 30};
  continuation.ends_us[67] = 2'000'000;
  const auto result = continued(song(), continuation);
  std::vector<int> pitches;
  for (const auto& read : result.file.performance.notes) pitches.push_back(read.pitch);
  EXPECT_THAT(pitches, testing::UnorderedElementsAre(90, 94, 97, 120));
  continuation.transpose = 65;
  EXPECT_EQ(continued(song(), continuation).left_out, 3);
}

TEST(ContinueSmf, BeginsLaterWithTheTempoAndTheProgramThatHoldThere) {
  Continuation continuation{.from_us = 2'300'000, .cut_us = 4'100'000};
  continuation.music.notes = {note(5'000'000, 500'000, 72)};
  const auto result = continued(song(), continuation);
  EXPECT_EQ(result.file.first_tempo_bpm, 60);
  EXPECT_EQ(result.file.performance.track_names[1], "Piano");
  ASSERT_EQ(result.file.performance.notes.size(), 1U) << "67 was struck before";
  EXPECT_NEAR(static_cast<double>(result.file.performance.notes[0].start_us), 2'700'000, 2'100);
  EXPECT_THAT(events_before(result.tracks[1], 1), HasSubstr("0: c3 02\n"));
}

TEST(ContinueSmf, LeavesOutTheReleasesOfKeysThatWereStruckBeforeTheBeginning) {
  const auto bytes = smf(Track().on(0, 60).on(1000, 62).off(500, 60).off(500, 62).end());
  Continuation continuation{.from_us = 500'000, .cut_us = 3'000'000};
  const auto result = continued(bytes, continuation);  // expects that nothing is odd
  EXPECT_EQ(result.file.performance.notes.size(), 1U);
}

TEST(ContinueSmf, RefusesTracksThatFollowOneAnother) {
  const Track track = Track().on(0, 60).off(500, 60).end();
  const auto result = continue_smf(smf(2, {track, track}), {.cut_us = 100'000});
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().message, HasSubstr("format 2"));
}

}  // namespace
}  // namespace pno::midi
