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
