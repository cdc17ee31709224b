#include "live/room.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/allocation_count.h"
#include "base/random.h"
#include "live/test_room.h"

namespace pno::live {
namespace {

using std::chrono::milliseconds;

void receive(Room& room, std::initializer_list<int> bytes) {
  std::array<std::uint8_t, 16> copy{};
  std::size_t size = 0;
  for (const int byte : bytes) copy.at(size++) = static_cast<std::uint8_t>(byte);
  room.receive(std::span(copy).first(size));
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

TEST(Room, AnswersAndIsInterruptedAndLeavesSilence) {
  ScriptedPianist pianist;
  MemoryPort port;
  Room room(pianist, port, {.duet = {.pause_s = 0.1}});
  room.start();
  receive(room, {0x90, 60, 80});
  receive(room, {0x80, 60, 0});
  EXPECT_TRUE(wait_for([&] { return room.figures().notes_out >= 2; }));
  EXPECT_TRUE(room.is_answering());
  receive(room, {0x90, 62, 80});
  EXPECT_TRUE(wait_for([&] { return room.figures().interruptions == 1; }));
  room.stop();
  EXPECT_EQ(port.sounding_notes(), 0);
  EXPECT_EQ(room.figures().stuck_notes, 0);
  EXPECT_EQ(room.figures().notes_in, 2);
  EXPECT_EQ(room.figures().turns, 1);
  EXPECT_EQ(room.figures().lost_messages, 0);
  EXPECT_EQ(room.figures().first_note.count(), 1U);
  EXPECT_FALSE(room.failure());
}

TEST(Room, EventsTellWhatHappenedInOrder) {
  ScriptedPianist pianist;
  MemoryPort port;
  Room room(pianist, port, {.duet = {.pause_s = 0.1}});
  room.start();
  receive(room, {0x90, 60, 80, 0x80, 60, 0});
  EXPECT_TRUE(wait_for([&] { return room.figures().notes_out >= 1; }));
  receive(room, {0x90, 62, 80});
  EXPECT_TRUE(wait_for([&] { return room.figures().interruptions == 1; }));
  room.stop();
  using Kind = RoomEvent::Kind;
  std::vector<Kind> kinds;
  while (const auto event = room.next_event()) kinds.push_back(event->kind);
  ASSERT_GE(kinds.size(), 6U);
  EXPECT_THAT(std::vector(kinds.begin(), kinds.begin() + 4),
              testing::ElementsAre(Kind::heard, Kind::heard, Kind::began, Kind::note_on));
  EXPECT_THAT(kinds, testing::Contains(Kind::interrupted));
  ASSERT_TRUE(room.next_intent());
}

TEST(Room, ErrorOfTheThinkerEndsTheAnswerAndKeepsTheKeys) {
  ScriptedPianist pianist;
  pianist.throws = true;
  MemoryPort port;
  Room room(pianist, port, {.duet = {.pause_s = 0.1}});
  room.start();
  receive(room, {0x90, 60, 80});
  EXPECT_TRUE(wait_for([&] { return room.failure().has_value(); }));
  EXPECT_EQ(room.failure(), "the script says so");
  receive(room, {0x90, 64, 80});
  EXPECT_TRUE(wait_for([&] { return room.figures().notes_in == 2; }));
  room.stop();
  EXPECT_EQ(port.strikes(64).size(), 1U);
  EXPECT_EQ(port.sounding_notes(), 0);
}

TEST(Room, FullQueueLosesMessagesButLeavesNoNote) {
  ScriptedPianist pianist;
  MemoryPort port;
  Room room(pianist, port, {});
  for (int i = 0; i < 5000; ++i) receive(room, {0x90, 40 + i % 40, 80});
  EXPECT_GT(room.figures().lost_messages, 0);
  room.start();
  EXPECT_TRUE(wait_for([&] { return room.figures().notes_in >= 4096; }));
  room.stop();
  EXPECT_EQ(port.sounding_notes(), 0);
}

TEST(Room, LostKeyboardReleasesItsKeys) {
  ScriptedPianist pianist;
  MemoryPort port;
  Room room(pianist, port, {.duet = {.pause_s = 10}});
  room.start();
  receive(room, {0x90, 60, 80});
  EXPECT_TRUE(wait_for([&] { return room.figures().notes_in == 1; }));
  room.release_keys();
  std::this_thread::sleep_for(milliseconds(100));
  room.stop();
  // The NOTE_OFF came before those of the stop: it follows the strike.
  const auto strike = std::find_if(port.sent.begin(), port.sent.end(),
                                   [](const auto& m) { return m.is_note_on(); });
  ASSERT_NE(strike, port.sent.end());
  EXPECT_TRUE((strike + 1)->is_note_off());
  EXPECT_EQ((strike + 1)->pitch(), 60);
}

// The instrument that was unplugged still sounds what it sounded then.
TEST(Room, OutputThatIsBackIsSilentAndPlaysOn) {
  ScriptedPianist pianist;
  MemoryPort port;
  Room room(pianist, port, {.duet = {.pause_s = 10}});
  room.start();
  receive(room, {0xB0, 64, 127, 0x90, 60, 80});
  EXPECT_TRUE(wait_for([&] { return room.figures().notes_in == 1; }));
  room.end_all_notes();
  std::this_thread::sleep_for(milliseconds(100));
  receive(room, {0x90, 62, 80});
  EXPECT_TRUE(wait_for([&] { return room.figures().notes_in == 2; }));
  room.stop();
  const auto strike = std::find_if(port.sent.begin(), port.sent.end(),
                                   [](const auto& m) { return m.is_note_on() && m.pitch() == 60; });
  const auto next = std::find_if(strike, port.sent.end(),
                                 [](const auto& m) { return m.is_note_on() && m.pitch() == 62; });
  ASSERT_NE(next, port.sent.end());
  EXPECT_TRUE(
      std::any_of(strike, next, [](const auto& m) { return m.is_note_off() && m.pitch() == 60; }));
  EXPECT_TRUE(std::any_of(strike, next, [](const auto& m) {
    return m.is_control(kSustainController) && m.value() == 0;
  }));
}

TEST(Room, ReceivingDoesNotAllocate) {
  ScriptedPianist pianist;
  MemoryPort port;
  Room room(pianist, port, {});
  const auto before = allocation_count();
  for (int i = 0; i < 6000; ++i) receive(room, {0xF8, 0x90, 40 + i % 40, 80, 0xFE, 50, 0});
  EXPECT_EQ(allocation_count(), before);
}

// A flood of clock, active sensing and system exclusive messages beside the notes.
TEST(Room, RandomBytesAtFullSpeedLeaveNoNote) {
  ScriptedPianist pianist;
  MemoryPort port;
  Room room(pianist, port, {.duet = {.pause_s = 0.1, .turn_s = 0.5}, .speed = 20});
  room.start();
  RandomStream random(4, 1);
  for (int i = 0; i < 3000; ++i) {
    std::array<std::uint8_t, 12> bytes{};
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
    room.receive(bytes);
    receive(room, {0x90, 40 + i % 40, 1 + i % 127});
    if (i % 5 == 0) receive(room, {0xF0, 1, 2, 3, 0xF7, 0xF8, 0xFE});
    if (i % 100 == 0) {
      room.take_over();
      std::this_thread::sleep_for(milliseconds(20));
    }
    while (room.next_event()) {
    }
  }
  room.stop();
  EXPECT_EQ(port.sounding_notes(), 0);
  EXPECT_EQ(port.pedal, 0);
  EXPECT_GT(room.figures().turns, 5);
}

}  // namespace
}  // namespace pno::live
