#include "live/performer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "live/test_room.h"

namespace pno::live {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kMs = 1000;

std::vector<MidiMessage> scale(int notes, std::int64_t apart_us) {
  std::vector<MidiMessage> messages;
  for (int i = 0; i < notes; ++i) {
    messages.push_back(MidiMessage::note_on(i * apart_us, 60 + i % 12, 80));
    messages.push_back(MidiMessage::note_off((i + 1) * apart_us - 1, 60 + i % 12));
  }
  return messages;
}

// Waits until a condition holds; 10 s at most.
template <class Condition>
bool wait_for(const Condition& condition) {
  for (int i = 0; i < 10'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return false;
}

TEST(Performer, PlaysAllNotesAndLeavesSilence) {
  MemoryPort port;
  Performer performer(port, {});
  performer.add(scale(20, 10 * kMs), 200 * kMs);
  performer.complete();
  performer.start();
  EXPECT_TRUE(wait_for([&] { return performer.state().is_done; }));
  performer.stop();
  EXPECT_EQ(performer.figures().notes, 20);
  EXPECT_EQ(performer.figures().waits, 0);
  EXPECT_EQ(port.sounding_notes(), 0);
}

TEST(Performer, StopEndsTheNotesInTheMiddle) {
  MemoryPort port;
  Performer performer(port, {});
  performer.add(scale(1000, 10 * kMs), 10'000 * kMs);
  performer.start();
  EXPECT_TRUE(wait_for([&] { return performer.figures().notes >= 5; }));
  performer.stop();
  EXPECT_EQ(port.sounding_notes(), 0);
  EXPECT_FALSE(performer.state().is_done);
}

TEST(Performer, KeysOfThePersonChangeTempoPositionAndPause) {
  MemoryPort port;
  Performer performer(port, {.from_us = 2000 * kMs});
  performer.add(scale(1000, 10 * kMs), 10'000 * kMs);
  performer.start();
  EXPECT_GE(performer.state().position_us, 2000 * kMs);
  performer.seek_by(5000 * kMs);
  EXPECT_GE(performer.state().position_us, 7000 * kMs);
  performer.scale_tempo(100);
  EXPECT_EQ(performer.state().tempo, 4);
  performer.toggle_pause();
  const auto paused = performer.state();
  EXPECT_TRUE(paused.is_paused);
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_EQ(performer.state().position_us, paused.position_us);
  performer.toggle_pause();
  EXPECT_TRUE(wait_for([&] { return performer.state().position_us > paused.position_us; }));
  performer.stop();
  EXPECT_EQ(port.sounding_notes(), 0);
}

// One thread draws while another plays: the drawing stays a given time ahead.
TEST(Performer, MusicIsAddedAsItIsWanted) {
  constexpr std::int64_t kAhead_us = 50 * kMs;
  MemoryPort port;
  Performer performer(port, {});
  performer.start();
  std::atomic<std::int64_t> drawn_us{0};
  std::thread drawing([&] {
    const auto messages = scale(30, 10 * kMs);
    for (std::size_t i = 0; i < messages.size(); i += 2) {
      if (!performer.wait_until_wanted(kAhead_us)) return;
      drawn_us += 10 * kMs;
      performer.add(std::span(messages).subspan(i, 2), drawn_us);
    }
    performer.complete();
  });
  EXPECT_TRUE(wait_for([&] {
    const auto position_us = performer.state().position_us;
    EXPECT_LE(drawn_us.load() - kAhead_us - 10 * kMs, performer.state().position_us);
    return performer.state().is_done && position_us > 0;
  }));
  drawing.join();
  performer.stop();
  std::vector<MidiMessage> copy;
  performer.copy_messages(50, copy);
  EXPECT_EQ(copy.size(), 10U);
  EXPECT_EQ(performer.figures().notes, 30);
}

TEST(Performer, StopFreesAThreadThatDraws) {
  MemoryPort port;
  Performer performer(port, {});
  performer.add(scale(2, 1000 * kMs), 2000 * kMs);
  performer.start();
  bool wanted = true;
  std::thread drawing([&] { wanted = performer.wait_until_wanted(1); });
  performer.stop();
  drawing.join();
  EXPECT_FALSE(wanted);
}

}  // namespace
}  // namespace pno::live
