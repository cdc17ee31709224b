#include "live/midi_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

#include "base/random.h"

namespace pno::live {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<MidiMessage> parsed(std::initializer_list<int> bytes, MidiParser parser = {}) {
  std::vector<MidiMessage> messages;
  for (const int byte : bytes) {
    if (const auto message = parser.read(static_cast<std::uint8_t>(byte), 7)) {
      messages.push_back(*message);
    }
  }
  return messages;
}

TEST(MidiParser, ReadsMessagesOfTwoAndThreeBytes) {
  EXPECT_THAT(parsed({0x90, 60, 80, 0xC3, 5, 0x80, 60, 0}),
              ElementsAre(MidiMessage::note_on(7, 60, 80), MidiMessage{7, {0xC3, 5, 0}, 2},
                          MidiMessage::of(7, 0x80, 60, 0)));
}

TEST(MidiParser, RunningStatusRepeatsTheStatus) {
  EXPECT_THAT(parsed({0x90, 60, 80, 64, 81, 60, 0}),
              ElementsAre(MidiMessage::note_on(7, 60, 80), MidiMessage::note_on(7, 64, 81),
                          MidiMessage::note_on(7, 60, 0)));
}

TEST(MidiParser, NoteOnWithVelocityZeroIsANoteOff) {
  const auto message = parsed({0x92, 60, 0}).at(0);
  EXPECT_TRUE(message.is_note_off());
  EXPECT_FALSE(message.is_note_on());
}

TEST(MidiParser, RealTimeBytesInsideAMessageDoNotDisturbIt) {
  EXPECT_THAT(parsed({0x90, 0xF8, 60, 0xFE, 80, 0xF8, 0xFA, 61, 0xFE, 82}),
              ElementsAre(MidiMessage::note_on(7, 60, 80), MidiMessage::note_on(7, 61, 82)));
}

TEST(MidiParser, SkipsSystemExclusiveMessages) {
  EXPECT_THAT(parsed({0xF0, 0x43, 0x90 & 0x7F, 1, 2, 0xF7, 0x90, 60, 80}),
              ElementsAre(MidiMessage::note_on(7, 60, 80)));
  EXPECT_THAT(parsed({0x90, 60, 80, 0xF0, 1, 2, 3, 0xF7, 60, 0}),
              ElementsAre(MidiMessage::note_on(7, 60, 80)))
      << "a system exclusive message ends the running status";
}

TEST(MidiParser, SkipsDataWithoutAStatus) {
  EXPECT_THAT(parsed({60, 80, 60, 0, 0xF3, 1}), IsEmpty());
}

TEST(MidiParser, AnyBytesGiveOnlyWellFormedMessages) {
  RandomStream random(3, 1);
  MidiParser parser;
  int messages = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto message = parser.read(static_cast<std::uint8_t>(random.below(256)), i);
    if (!message) continue;
    ++messages;
    EXPECT_TRUE(message->is_channel_message());
    EXPECT_GE(message->bytes[0], 0x80);
    EXPECT_LT(message->bytes[1], 0x80);
    EXPECT_LT(message->bytes[2], 0x80);
    EXPECT_EQ(message->time_us, i);
  }
  EXPECT_GT(messages, 1000);
}

}  // namespace
}  // namespace pno::live
