#include "midi/track_walk.h"

#include <gtest/gtest.h>

#include "midi/smf_builder.h"
#include "midi/smf_reader.h"

namespace pno::midi {
namespace {

constexpr int kNotes = 60;

Track& add_notes(Track& track, int first, int end) {
  for (int i = first; i < end; ++i) track.on(10, 30 + i).off(40, 30 + i);
  return track;
}

Track notes(int count) {
  Track track;
  return add_notes(track, 0, count);
}

// kNotes notes with `damage` after the first `before` of them.
FileBytes damaged(int before, std::initializer_list<int> damage) {
  Track track = notes(before).raw(damage);
  return smf(add_notes(track, before, kNotes).end());
}

SmfFile read(const FileBytes& bytes) {
  auto file = read_smf(bytes, {});
  EXPECT_TRUE(file.has_value()) << file.error().message;
  return file.value_or(SmfFile{});
}

TEST(TrackWalk, ReadsTheNotesAfterBytesThatAreNotEvents) {
  for (int before = 0; before < kNotes - kSureMessages; ++before) {
    for (const auto damage : {std::initializer_list<int>{0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
                              {0x80, 0x80, 0x80, 0x80, 0x00},
                              {0, 0xFF, 1, 0xFF, 0xFF, 0xFF, 0x7F},
                              {0, 0xF0, 0xFF, 0xFF, 0xFF, 0x7F}}) {
      const SmfFile file = read(damaged(before, damage));
      ASSERT_EQ(file.performance.notes.size(), kNotes) << "after " << before;
      EXPECT_EQ(file.oddities.damaged_bytes, static_cast<std::int64_t>(damage.size()));
      EXPECT_FALSE(file.oddities.truncated);
      EXPECT_EQ(file.oddities.unreadable_tracks, 0);
    }
  }
}

TEST(TrackWalk, SaysHowManyBytesAreDamaged) {
  EXPECT_EQ(read(damaged(10, {0xFF, 0xFF, 0xFF, 0xFF, 0xFF})).oddities.text(),
            "5 damaged bytes in tracks");
}

TEST(TrackWalk, ReadsTheLastNotesBeforeAnEndOfTrack) {
  EXPECT_EQ(read(damaged(kNotes - 1, {0xFF, 0xFF, 0xFF, 0xFF, 0xFF})).performance.notes.size(),
            kNotes);
}

TEST(TrackWalk, EndsAtNoiseThatNoEventsFollow) {
  const SmfFile file =
      read(smf(notes(10).raw({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4, 5, 6, 7, 8, 9})));
  EXPECT_EQ(file.performance.notes.size(), 10);
  EXPECT_EQ(file.oddities.unreadable_tracks, 1);
  EXPECT_EQ(file.oddities.damaged_bytes, 0);
}

}  // namespace
}  // namespace pno::midi
