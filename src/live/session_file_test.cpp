#include "live/session_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "midi/smf_reader.h"

namespace pno::live {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kMs = 1000;

RoomEvent heard(const MidiMessage& message) {
  return {.time_us = message.time_us, .kind = RoomEvent::Kind::heard, .message = message};
}

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(SessionFile, HasTheMessagesOfThePersonByteForByte) {
  SessionFile session;
  session.add(heard(MidiMessage::of(10 * kMs, 0x93, 60, 81)));
  session.add(heard(MidiMessage::of(20 * kMs, 0xA3, 60, 7)));
  session.add(heard(MidiMessage::of(30 * kMs, 0x93, 60, 0)));
  session.add(heard({40 * kMs, {0xD3, 5, 0}, 2}));
  const auto text = text_of(session.smf("model"));
  // 10 ms are 48 ticks.
  EXPECT_THAT(text,
              HasSubstr(std::string("\x30\x93\x3C\x51\x30\xA3\x3C\x07\x30\x93\x3C\x00\x30\xD3\x05"
                                    "\x00\xFF\x2F\x00",
                                    19)));
}

TEST(SessionFile, ReadsBackAsTwoTracksWithTheirTimes) {
  SessionFile session;
  session.add(heard(MidiMessage::note_on(1'000 * kMs, 60, 80)));
  session.add(heard(MidiMessage::note_off(1'500 * kMs, 60)));
  session.add(PlannedEvent{
      .due_us = 2'000 * kMs, .kind = PlannedEvent::Kind::note_on, .pitch = 72, .velocity = 64});
  session.add(PlannedEvent{
      .due_us = 3'000 * kMs, .kind = PlannedEvent::Kind::note_on, .pitch = 74, .velocity = 66});
  session.add(RoomEvent{.time_us = 2'000 * kMs,
                        .kind = RoomEvent::Kind::note_on,
                        .message = MidiMessage::note_on(2'001 * kMs, 72, 64)});
  session.add(RoomEvent{.time_us = 2'400 * kMs,
                        .kind = RoomEvent::Kind::note_off,
                        .message = MidiMessage::note_off(2'400 * kMs, 72)});
  const auto bytes = session.smf("piano.safetensors");
  const auto smf = midi::read_smf(bytes);
  ASSERT_TRUE(smf) << smf.error().message;
  EXPECT_EQ(smf->format, 1);
  EXPECT_EQ(smf->tracks, 2);
  EXPECT_FALSE(smf->oddities.truncated);
  ASSERT_EQ(smf->performance.notes.size(), 2U);
  const auto& notes = smf->performance.notes;
  EXPECT_EQ(notes[0].start_us, 1'000 * kMs);
  EXPECT_EQ(notes[0].length_us, 500U * kMs);
  EXPECT_NEAR(static_cast<double>(notes[1].start_us), 2'001e3, 105) << "half a tick";
  EXPECT_EQ(notes[1].pitch, 72);
  EXPECT_THAT(text_of(bytes), HasSubstr("planned: 74 66"));
  EXPECT_THAT(text_of(bytes), testing::Not(HasSubstr("planned: 72 64")));
}

TEST(SessionFile, TheLastTenSessionsAreKept) {
  const auto folder =
      std::filesystem::temp_directory_path() / fmt::format("pno-sessions-{}", ::getpid());
  for (int i = 0; i < 14; ++i) {
    const auto path = next_session_file(folder);
    ASSERT_TRUE(path) << path.error().message;
    ASSERT_TRUE(replace_file(*path, std::to_string(i)));
    // File systems keep the time of a file in steps of a few milliseconds.
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ASSERT_TRUE(replace_file(folder / "mine.mid", "mine"));
  ASSERT_TRUE(next_session_file(folder));
  std::vector<std::string> kept;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    kept.push_back(*read_text(entry.path()));
  }
  EXPECT_THAT(
      kept, testing::UnorderedElementsAre("5", "6", "7", "8", "9", "10", "11", "12", "13", "mine"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace pno::live
