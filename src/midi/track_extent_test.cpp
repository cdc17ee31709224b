#include "midi/track_extent.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "base/random.h"
#include "midi/smf_builder.h"
#include "midi/smf_reader.h"

namespace pno::midi {
namespace {

Track notes(int count) {
  Track track;
  for (int i = 0; i < count; ++i) track.on(0, 40 + i).off(100, 40 + i);
  return track;
}

FileBytes next_track() {
  return chunk("MTrk", notes(1).end().bytes());
}

// Whatever length a track of ten notes declares, all the notes of it and of the next one are read.
TEST(TrackExtent, IsFoundForEveryDeclaredLength) {
  const FileBytes track = notes(10).end().bytes();
  const FileBytes body = joined({track, next_track()});
  for (std::size_t declared = 0; declared < 2 * body.size(); ++declared) {
    if (declared == body.size()) continue;
    ASSERT_EQ(track_size(body, declared), track.size()) << "declared " << declared;
  }
  EXPECT_EQ(track_size(body, body.size()), track.size()) << "over the whole next track";
  EXPECT_EQ(track_size(body, 0xFFFF'FFFF), track.size());
}

TEST(TrackExtent, ReachesToTheEndOfTheFileWithoutAnEndOfTrack) {
  const FileBytes track = notes(10).bytes();
  for (const std::size_t declared : {std::size_t{0}, std::size_t{5}, std::size_t{0xFFFF'FFFF}}) {
    EXPECT_EQ(track_size(track, declared), track.size()) << "declared " << declared;
  }
}

TEST(TrackExtent, EndsAtTheNextTrackWithoutAnEndOfTrack) {
  const FileBytes track = notes(10).bytes();
  EXPECT_EQ(track_size(joined({track, next_track()}), 0), track.size());
  EXPECT_EQ(track_size(joined({track, header(0, 1, 480), next_track()}), 3), track.size());
}

TEST(TrackExtent, IsAsDeclaredBeforeBytesThatAreNotEvents) {
  const FileBytes track = notes(10).end().bytes();
  const FileBytes after = joined({track, Track().raw({1, 2, 3, 4, 5}).bytes()});
  EXPECT_EQ(track_size(after, track.size()), track.size());
}

TEST(TrackExtent, SkipsTheNameOfAChunkWithinAText) {
  const FileBytes track =
      notes(2).event(0, {0xFF, 1, 12}).text("MTrk in text").on(0, 60).off(100, 60).end().bytes();
  for (const std::size_t declared : {std::size_t{0}, std::size_t{7}, track.size()}) {
    EXPECT_EQ(track_size(joined({track, next_track()}), declared), track.size()) << declared;
  }
}

TEST(TrackExtent, GoesBeyondAnEarlyEndOfTrackIfTheLengthSaysSo) {
  const FileBytes track = joined({Track().end().bytes(), notes(10).end().bytes()});
  EXPECT_EQ(track_size(joined({track, next_track()}), track.size() + 3), track.size());
  EXPECT_TRUE(is_more_of_track(notes(10).end().bytes()));
  EXPECT_FALSE(is_more_of_track(Track().raw({0, 0, 0}).bytes()));
  EXPECT_FALSE(is_more_of_track(Track().text("and so on").bytes()));
  EXPECT_FALSE(is_more_of_track(next_track()));
}

// The search must not take the square of the file's size.
TEST(TrackExtent, IsFoundFastInFilesMadeToBeSlow) {
  FileBytes nested = header(1, 1, 480), ends = nested, chunks = nested;
  for (int i = 0; i < 60'000; ++i) {
    put(nested, "MTrk");
    put(nested, {0, 0, 0, 0, 0, 0xF0, 14});  // a SysEx over the next head
    put(chunks, "junk");
    put(chunks, {0, 0, 0, 0});
  }
  Track many_ends;
  for (int i = 0; i < 200'000; ++i) many_ends.end();
  ends = joined({ends, chunk("MTrk", many_ends.bytes())});
  const auto start = std::chrono::steady_clock::now();
  for (const FileBytes& bytes : {nested, ends, chunks}) (void)read_smf(bytes);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace pno::midi
