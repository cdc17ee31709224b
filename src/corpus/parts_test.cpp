#include "corpus/parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "midi/random_music.h"

namespace pno::corpus {
namespace {

using events::PlainNote;
using testing::ElementsAre;
using testing::IsEmpty;

midi::Note note(std::int64_t start_us, int pitch, int track) {
  return {.start_us = start_us,
          .length_us = 100,
          .key_length_us = 100,
          .pitch = static_cast<std::uint8_t>(pitch),
          .velocity = 64,
          .track = static_cast<std::uint16_t>(track)};
}

TEST(PartsOf, ATrackWithNotesIsAPart) {
  const midi::Performance performance = {
      .notes = {note(0, 60, 1), note(0, 60, 3), note(5, 62, 1)},
      .pedals = {},
      .track_names = {"tempo", " MELODY\n", "drums", "", "caf\xe9"}};
  const auto parts = parts_of(performance);
  EXPECT_THAT(parts.names, ElementsAre("MELODY", "track 4"));
  EXPECT_THAT(parts.notes, ElementsAre(PlainNote{0, 100, 60, 64, 0}, PlainNote{0, 100, 60, 64, 1},
                                       PlainNote{5, 100, 62, 64, 0}));
}

TEST(PartsOf, OneTrackWithNotesHasNoParts) {
  const auto parts = parts_of({.notes = {note(0, 60, 2), note(5, 60, 2)},
                               .pedals = {},
                               .track_names = {"tempo", "empty", "PIANO"}});
  EXPECT_THAT(parts.names, IsEmpty());
  EXPECT_EQ(parts.notes.size(), 2U);
  EXPECT_EQ(parts.notes[0].part, 0);
}

TEST(PartsOf, MoreTracksThanAByteCanNumberAreMerged) {
  const auto of_tracks = [](int tracks) {
    midi::Performance performance;
    for (int track = 0; track < tracks; ++track) performance.notes.push_back(note(0, 60, track));
    return parts_of(performance);
  };
  EXPECT_EQ(of_tracks(256).names.size(), 256U);
  EXPECT_EQ(of_tracks(256).notes.back(), (PlainNote{0, 100, 60, 64, 255}));
  EXPECT_THAT(of_tracks(257).names, IsEmpty());
  EXPECT_THAT(of_tracks(257).notes, ElementsAre(PlainNote{0, 100, 60, 64, 0}));
}

// As such a file was read before there were parts.
TEST(MergeParts, AreWhatMakePlayableMakesOfAllTracks) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    RandomStream random(seed, 1);
    midi::Performance merged, apart;
    for (int i = 0; i < 80; ++i) {
      midi::Note one =
          note(static_cast<std::int64_t>(random.below(40)), static_cast<int>(60 + random.below(4)),
               static_cast<int>(random.below(3)));
      one.length_us = one.key_length_us = static_cast<std::uint32_t>(1 + random.below(20));
      one.velocity = static_cast<std::uint8_t>(1 + random.below(127));
      merged.notes.push_back(one);
    }
    apart = merged;
    midi::make_playable(merged.notes);
    midi::make_tracks_playable(apart.notes);
    ASSERT_EQ(merge_parts(parts_of(apart).notes), events::plain_notes(merged)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace pno::corpus
