#include "midi/smf_edit.h"

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

// A piano on channel 3 in quarters of 0.5 s, then of 1 s from 2.0 s on; a pedal that is down from
// 0.25 s to 2 s; a flute on channel 0.
FileBytes song() {
  const Track conductor =
      Track().event(0, {0xFF, 3, 2, 'S', 'o'}).tempo(0, 500'000).tempo(1920, 1'000'000).end(480);
  const Track piano = Track()
                          .program(0, 2, 3)
                          .control(0, 7, 90, 3)
                          .on(0, 60, 64, 3)      // 0 s, to 1.25 s
                          .sustain(240, 127, 3)  // 0.25 s
                          .on(480, 62, 64, 3)    // 0.75 s
                          .off(240, 62, 3)       // 1 s
                          .on(0, 64, 64, 3)      // 1 s
                          .off(240, 60, 3)       // 1.25 s
                          .on(240, 64, 64, 3)    // 1.5 s, while it is down
                          .off(240, 64, 3)       // 1.75 s: the first of the two
                          .sustain(240, 0, 3)    // 2 s
                          .off(240, 64, 3)       // 2.5 s
                          .on(0, 67, 64, 3)      // 2.5 s
                          .off(480, 67, 3)       // 3.5 s
                          .end();
  const Track flute = Track().program(0, 73).on(480, 90).off(9999, 90).end();
  return smf(1, {conductor, piano, flute}, 480);
}

std::vector<std::vector<std::string>> texts(std::span<const std::byte> bytes) {
  Oddities oddities;
  const auto chunks = find_chunks(bytes, oddities).value();
  std::vector<std::vector<std::string>> tracks;
  for (const auto& track : chunks.tracks) {
    auto& lines = tracks.emplace_back();
    for (const auto& event : read_raw_track(track, chunks.division)) {
      auto& line = lines.emplace_back(fmt::format("{}:", event.tick));
      for (const auto byte : event.bytes)
        line += fmt::format(" {:02x}", std::to_integer<int>(byte));
    }
  }
  return tracks;
}

std::vector<std::vector<std::string>> edited(const SmfEdit& edit) {
  const auto result = edit_smf(song(), edit);
  EXPECT_TRUE(result) << result.error().message;
  return texts(result->bytes);
}

bool begins_in_second_second(const FileNote& note) {
  return note.channel == 3 && note.start_us >= 1'000'000 && note.start_us < 2'000'000;
}

Note note(std::int64_t start_us, std::uint32_t length_us, std::uint8_t pitch) {
  return {.start_us = start_us,
          .length_us = length_us,
          .key_length_us = length_us,
          .pitch = pitch,
          .velocity = 80};
}

TEST(EditSmf, OnlyTheNotesThatLeaveAreMissing) {
  const auto before = texts(song());
  const auto after = edited({.leaves = begins_in_second_second});
  ASSERT_EQ(after.size(), 4U);
  EXPECT_EQ(after[0], before[0]);
  EXPECT_EQ(after[2], before[2]);
  auto expected = before[1];
  const auto leave = [&](const char* line) {
    const auto found = std::ranges::find(expected, line);
    ASSERT_NE(found, expected.end()) << line;
    expected.erase(found);
  };
  leave("960: 93 40 40");
  leave("1440: 93 40 40");
  leave("1680: 83 40 40");
  leave("2160: 83 40 40");
  EXPECT_EQ(after[1], expected);
}

TEST(EditSmf, NothingElseChanges) {
  const auto before = texts(song());
  const auto after = edited({});
  ASSERT_EQ(after.size(), before.size() + 1);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
}

TEST(EditSmf, NewNotesHaveATrackAndAChannelOfTheirOwn) {
  SmfEdit edit{.leaves = begins_in_second_second, .begins_us = 1'000'000};
  edit.added.title = "new";
  edit.added.music.notes = {note(1'000'000, 500'000, 72), note(2'500'400, 1'000'000, 74)};
  EXPECT_EQ(edited(edit)[3], (std::vector<std::string>{
                                 "0: ff 03 03 6e 65 77", "0: c1 02", "0: b1 07 5a", "960: 91 48 50",
                                 "1440: 81 48 40", "2160: 91 4a 50", "2640: 81 4a 40"}));
}

TEST(EditSmf, AStretchMovesWhatFollowsByWholeTicks) {
  // From 1 s to 1.5 s becomes 1.75 s long: 1,200 ticks more, in the tempo of the passage.
  const SmfEdit longer{.stretches = {{1'000'000, 1'500'000, 1'750'000}}};
  const auto before = texts(song());
  const auto after = edited(longer);
  std::vector<std::string> expected;
  for (const auto& line : before[1]) {
    const auto colon = line.find(':');
    const auto tick = std::stoi(line.substr(0, colon));
    expected.push_back(fmt::format("{}{}", tick >= 1440 ? tick + 1200 : tick, line.substr(colon)));
  }
  EXPECT_EQ(after[1], expected);
  // Shorter: the release at 1.25 s stays, but not beyond the new end at 1.125 s.
  const auto shorter = edited({.stretches = {{1'000'000, 1'500'000, 125'000}}});
  EXPECT_THAT(shorter[1], testing::Contains("1080: 83 3c 40"));
  EXPECT_THAT(shorter[1], testing::Contains("1080: 93 40 40"));
  EXPECT_THAT(shorter[0], testing::Contains("1560: ff 51 03 0f 42 40"));
}

TEST(EditSmf, RefusesWhatItCannotRead) {
  const auto text = edit_smf({}, {});
  ASSERT_FALSE(text);
  const auto sequence = smf(2, {Track().on(0, 60).off(9, 60).end(), Track().end()}, 480);
  const auto result = edit_smf(sequence, {});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("format 2"));
}

}  // namespace
}  // namespace pno::midi
