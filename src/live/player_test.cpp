#include "live/player.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/allocation_count.h"
#include "live/test_room.h"

namespace pno::live {
namespace {

using Kind = PlannedEvent::Kind;

struct Reported : Player::Reports {
  Reported() { events.reserve(4096); }
  void played(const PlayedEvent& event) noexcept override { events.push_back(event); }
  void sent(std::int64_t late_us) noexcept override { latest_us = std::max(latest_us, late_us); }
  std::vector<PlayedEvent> events;
  std::int64_t latest_us = INT64_MIN;
};

struct Stage {
  explicit Stage(const PlayerOptions& options = {}) : player(options, port, reports) {}

  void plan(std::int64_t due_us, Kind kind, int pitch = 0, int velocity = 64) {
    player.plan({.due_us = due_us,
                 .turn = turn,
                 .kind = kind,
                 .pitch = static_cast<std::uint8_t>(pitch),
                 .velocity = static_cast<std::uint8_t>(velocity)});
  }
  void play(std::int64_t now_us) {
    port.now_us = now_us;
    player.play(now_us);
  }

  MemoryPort port;
  Reported reports;
  std::uint32_t turn = 1;
  Player player;
};

TEST(Player, SendsEventsAtTheirTime) {
  Stage stage;
  stage.plan(0, Kind::begin);
  stage.plan(1000, Kind::note_on, 60, 70);
  stage.plan(3000, Kind::note_off, 60);
  EXPECT_EQ(stage.player.next_due_us(), 0);
  stage.play(999);
  EXPECT_EQ(stage.port.sounding[60], 0);
  EXPECT_EQ(stage.player.next_due_us(), 1000);
  stage.play(1000);
  EXPECT_EQ(stage.port.sent.back().velocity(), 70);
  EXPECT_EQ(stage.port.sounding[60], 1);
  stage.play(3100);
  EXPECT_EQ(stage.port.sounding[60], 0);
  EXPECT_EQ(stage.reports.latest_us, 100);
  EXPECT_EQ(stage.player.next_due_us(), Player::kNever);
}

TEST(Player, SendsEarlierWhatTheInstrumentPlaysLater) {
  PlayerOptions options;
  options.latency_us[20] = 900;
  options.latency_us[100] = 300;
  Stage stage(options);
  stage.plan(0, Kind::begin);
  stage.plan(2000, Kind::note_on, 60, 100);
  stage.plan(2000, Kind::note_on, 64, 20);
  stage.play(1100);
  EXPECT_EQ(stage.port.sounding[64], 1);
  EXPECT_EQ(stage.port.sounding[60], 0);
  stage.play(1700);
  EXPECT_EQ(stage.port.sounding[60], 1);
}

TEST(Player, DropsATurnThatBeginsAfterAKeyThatTheThinkerDidNotKnow) {
  Stage stage;
  stage.player.hear(MidiMessage::note_on(500, 48, 80));
  stage.player.plan({.due_us = 400, .known_us = 300, .turn = 1, .kind = Kind::begin});
  stage.plan(600, Kind::note_on, 60);
  stage.play(1000);
  EXPECT_EQ(stage.port.sounding[60], 0);
  EXPECT_EQ(stage.port.sounding[48], 1);
  ASSERT_EQ(stage.reports.events.size(), 1U);
  EXPECT_EQ(stage.reports.events[0].kind, PlayedEvent::Kind::interrupted);
}

TEST(Player, DropsTheRestOfAnInterruptedTurnButNotTheNextTurn) {
  Stage stage;
  stage.plan(0, Kind::begin);
  stage.plan(10, Kind::note_on, 60);
  stage.plan(5000, Kind::note_on, 62);
  stage.play(20);
  stage.player.hear(MidiMessage::note_on(30, 48, 80));
  stage.player.hear(MidiMessage::note_off(40, 48));
  EXPECT_EQ(stage.port.sounding_notes(), 0);
  stage.plan(5000, Kind::note_on, 64);  // of turn 1, too late
  stage.turn = 2;
  stage.player.plan({.due_us = 100, .known_us = 30, .turn = 2, .kind = Kind::begin});
  stage.plan(6000, Kind::note_on, 65);
  stage.play(7000);
  EXPECT_EQ(stage.port.sounding_notes(), 1);
  EXPECT_EQ(stage.port.sounding[65], 1);
}

TEST(Player, KeysSoundOnTheChannelOfTheOutput) {
  Stage stage({.channel = 4});
  stage.player.hear(MidiMessage::of(0, 0x92, 60, 80));
  EXPECT_EQ(stage.port.sent.back().bytes[0], 0x94);
  stage.player.hear(MidiMessage{0, {0xE2, 1, 2}, 3});
  EXPECT_EQ(stage.port.sent.back().bytes[0], 0xE4);
  stage.player.hear(MidiMessage{0, {0xC2, 9, 0}, 2});
  EXPECT_EQ(stage.port.sent.back().size, 2);
}

TEST(Player, WithoutAMonitorOnlyTheModelIsSent) {
  Stage stage({.monitor = false});
  stage.player.hear(MidiMessage::note_on(0, 60, 80));
  stage.player.hear(MidiMessage::control(0, kSustainController, 127));
  EXPECT_TRUE(stage.port.sent.empty());
  stage.player.plan({.due_us = 0, .known_us = 0, .turn = 1, .kind = Kind::begin});
  stage.plan(10, Kind::note_on, 64);
  stage.play(10);
  EXPECT_EQ(stage.port.sounding[64], 1);
}

TEST(Player, StartEndsWhatAnEarlierProgramLeftSounding) {
  Stage stage;
  stage.port.sounding.fill(1);
  stage.port.pedal = 127;
  stage.player.start();
  EXPECT_EQ(stage.port.sounding_notes(), 0);
  EXPECT_EQ(stage.port.pedal, 0);
  EXPECT_TRUE(stage.port.sent.back().ends_all_notes());
}

// Some devices ignore CC 123, and some take it for the end of the pedal.
TEST(Player, StopEndsNotesOneByOneThenLiftsThePedalThenSendsAllNotesOff) {
  Stage stage;
  stage.player.hear(MidiMessage::note_on(0, 48, 80));
  stage.player.hear(MidiMessage::control(0, kSustainController, 127));
  stage.player.plan({.due_us = 0, .known_us = 0, .turn = 1, .kind = Kind::begin});
  stage.plan(10, Kind::note_on, 64);
  stage.play(10);
  const auto before = stage.port.sent.size();
  stage.player.stop(20);
  EXPECT_EQ(stage.player.sounding_notes(), 0);
  EXPECT_EQ(stage.port.sounding_notes(), 0);
  std::vector<int> order;  // 0 NOTE_OFF, 1 pedal at 0, 2 CC 123
  for (auto i = before; i < stage.port.sent.size(); ++i) {
    const auto& message = stage.port.sent[i];
    if (message.is_note_off()) order.push_back(0);
    if (message.is_control(kSustainController) && message.value() == 0) order.push_back(1);
    if (message.ends_all_notes()) order.push_back(2);
  }
  EXPECT_THAT(order.back(), 2);
  EXPECT_EQ(std::count(order.begin(), order.end(), 0), 2);
  const auto last_off = std::find(order.rbegin(), order.rend(), 0).base() - order.begin();
  const auto last_pedal = std::find(order.rbegin(), order.rend(), 1).base() - order.begin();
  EXPECT_LT(last_off, last_pedal);
}

TEST(Player, LostKeyboardReleasesItsKeysAndPedal) {
  Stage stage;
  stage.player.hear(MidiMessage::note_on(0, 60, 80));
  stage.player.hear(MidiMessage::control(0, kSustainController, 127));
  stage.player.release_keys();
  EXPECT_EQ(stage.port.sounding_notes(), 0);
  EXPECT_EQ(stage.port.pedal, 0);
}

TEST(Player, DoesNotAllocate) {
  Stage stage;
  const auto before = allocation_count();
  for (int i = 0; i < 500; ++i) {
    const std::int64_t now = i * 1000;
    stage.player.hear(MidiMessage::note_on(now, 40 + i % 30, 80));
    stage.player.hear(MidiMessage::control(now, kSustainController, i % 128));
    stage.turn = static_cast<std::uint32_t>(i + 1);
    stage.player.plan({.due_us = now, .known_us = now, .turn = stage.turn, .kind = Kind::begin});
    stage.plan(now, Kind::note_on, 70 + i % 20);
    stage.plan(now + 10'000, Kind::note_off, 70 + i % 20);
    stage.play(now);
    stage.player.hear(MidiMessage::note_off(now, 40 + i % 30));
  }
  stage.player.release_keys();
  stage.player.stop(1'000'000);
  stage.player.start();
  EXPECT_EQ(allocation_count(), before);
}

}  // namespace
}  // namespace pno::live
