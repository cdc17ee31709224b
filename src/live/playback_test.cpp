#include "live/playback.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "live/test_room.h"

namespace pno::live {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kMs = 1000;

midi::Performance three_notes() {
  midi::Performance performance;
  for (int i = 0; i < 3; ++i) {
    performance.notes.push_back({.start_us = i * 1000 * kMs,
                                 .length_us = 500 * kMs,
                                 .key_length_us = 500 * kMs,
                                 .pitch = static_cast<std::uint8_t>(60 + i),
                                 .velocity = 80});
  }
  performance.pedals.push_back({.start_us = 900 * kMs, .end_us = 2400 * kMs});
  return performance;
}

struct Stage {
  Stage() : playback(three_notes(), port) {}
  void run_to_ms(std::int64_t ms) {
    for (; port.now_us < ms * kMs; port.now_us += kMs) playback.play(port.now_us);
  }
  MemoryPort port;
  Playback playback;
};

TEST(Playback, PlaysEverythingAtItsTime) {
  Stage stage;
  stage.playback.resume(0);
  stage.run_to_ms(3000);
  EXPECT_THAT(stage.port.strikes(60), ElementsAre(0));
  EXPECT_THAT(stage.port.strikes(61), ElementsAre(1000 * kMs));
  EXPECT_THAT(stage.port.strikes(62), ElementsAre(2000 * kMs));
  EXPECT_EQ(stage.port.sounding_notes(), 0);
  EXPECT_EQ(stage.port.pedal, 0);
  EXPECT_TRUE(stage.playback.is_done(stage.port.now_us));
}

TEST(Playback, TempoChangesTheTimesFromNowOn) {
  Stage stage;
  stage.playback.resume(0);
  stage.run_to_ms(500);
  stage.playback.set_tempo(stage.port.now_us, 2);
  stage.run_to_ms(2000);
  EXPECT_THAT(stage.port.strikes(61), ElementsAre(750 * kMs));
  EXPECT_THAT(stage.port.strikes(62), ElementsAre(1250 * kMs));
}

TEST(Playback, PauseEndsTheNotesAndKeepsThePosition) {
  Stage stage;
  stage.playback.resume(0);
  stage.run_to_ms(1200);
  EXPECT_EQ(stage.port.sounding_notes(), 1);
  stage.playback.pause(stage.port.now_us);
  EXPECT_EQ(stage.port.sounding_notes(), 0);
  EXPECT_EQ(stage.port.pedal, 0);
  EXPECT_EQ(stage.playback.next_us(), INT64_MAX);
  stage.run_to_ms(5000);
  EXPECT_EQ(stage.playback.position_us(stage.port.now_us), 1200 * kMs);
  stage.playback.resume(stage.port.now_us);
  EXPECT_EQ(stage.port.pedal, 127) << "the pedal is down at this position";
  stage.run_to_ms(7000);
  EXPECT_THAT(stage.port.strikes(62), ElementsAre(5800 * kMs));
}

TEST(Playback, GrowingMusicWaitsAtItsEndAndContinuesFromThere) {
  MemoryPort port;
  Playback playback(port);
  const std::vector<MidiMessage> first = {MidiMessage::note_on(100 * kMs, 60, 80)};
  const std::vector<MidiMessage> second = {MidiMessage::note_off(500 * kMs, 60),
                                           MidiMessage::note_on(600 * kMs, 62, 80)};
  const auto run_to_ms = [&](std::int64_t ms) {
    for (; port.now_us < ms * kMs; port.now_us += kMs) playback.play(port.now_us);
  };
  playback.resume(0);
  run_to_ms(50);
  playback.add(port.now_us, first, 400 * kMs);
  EXPECT_EQ(playback.waits(), 0) << "nothing was known before";
  run_to_ms(1000);
  EXPECT_THAT(port.strikes(60), ElementsAre(150 * kMs)) << "position 0 is when the music begins";
  EXPECT_EQ(playback.position_us(port.now_us), 400 * kMs);
  EXPECT_FALSE(playback.is_done(port.now_us)) << "more may come";
  playback.add(port.now_us, second, 700 * kMs);
  EXPECT_EQ(playback.waits(), 1);
  run_to_ms(2000);
  EXPECT_THAT(port.strikes(62), ElementsAre(1200 * kMs));
  EXPECT_EQ(playback.late_notes(), 0) << "what had to wait is not late";
  playback.complete();
  EXPECT_TRUE(playback.is_done(port.now_us));
}

TEST(Playback, CountsNotesThatAreSentLate) {
  Stage stage;
  stage.playback.resume(0);
  stage.run_to_ms(500);
  stage.port.now_us = 1010 * kMs;
  stage.run_to_ms(2500);
  EXPECT_EQ(stage.playback.notes(), 3);
  EXPECT_EQ(stage.playback.late_notes(), 1);
  EXPECT_EQ(stage.playback.delays().percentile_ms(1), 10);
}

TEST(Playback, SeekGoesBothWaysAndStaysInThePiece) {
  Stage stage;
  stage.playback.resume(0);
  stage.run_to_ms(1200);
  stage.playback.seek(stage.port.now_us, 0);
  stage.run_to_ms(1300);
  EXPECT_THAT(stage.port.strikes(60), ElementsAre(0, 1200 * kMs));
  stage.playback.seek(stage.port.now_us, 100'000 * kMs);
  EXPECT_TRUE(stage.playback.is_done(stage.port.now_us));
  EXPECT_EQ(stage.port.sounding_notes(), 0);
  stage.playback.seek(stage.port.now_us, -5 * kMs);
  EXPECT_EQ(stage.playback.position_us(stage.port.now_us), 0);
}

}  // namespace
}  // namespace pno::live
