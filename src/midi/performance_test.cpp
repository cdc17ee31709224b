#include "midi/performance.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <optional>

#include "midi/note_text.h"
#include "midi/random_music.h"

namespace pno::midi {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Note note(std::int64_t start_us, std::uint32_t length_us, int pitch, int velocity = 64) {
  return {.start_us = start_us,
          .length_us = length_us,
          .key_length_us = length_us,
          .pitch = static_cast<std::uint8_t>(pitch),
          .velocity = static_cast<std::uint8_t>(velocity)};
}

// The definition, note by note: what holds a string longest is kept, and cut at the next strike.
std::vector<Note> slow_make_playable(const std::vector<Note>& notes) {
  std::vector<Note> result;
  for (int pitch = 0; pitch < 128; ++pitch) {
    std::vector<Note> string;
    for (const Note& n : notes) {
      if (n.pitch != pitch) continue;
      const auto same = std::find_if(string.begin(), string.end(), [&](const Note& other) {
        return other.start_us == n.start_us;
      });
      if (same == string.end()) {
        string.push_back(n);
        continue;
      }
      const auto velocity = std::max(n.velocity, same->velocity);
      const bool longer = std::tuple(n.length_us, n.key_length_us, -n.channel) >
                          std::tuple(same->length_us, same->key_length_us, -same->channel);
      if (longer) *same = n;
      same->velocity = velocity;
    }
    for (Note n : string) {
      std::optional<std::int64_t> next_us;
      for (const Note& other : string) {
        if (other.start_us > n.start_us) {
          next_us = std::min(next_us.value_or(other.start_us), other.start_us);
        }
      }
      if (next_us && *next_us < n.end_us()) {
        n.length_us = static_cast<std::uint32_t>(*next_us - n.start_us);
        n.key_length_us = std::min(n.key_length_us, n.length_us);
      }
      result.push_back(n);
    }
  }
  std::sort(result.begin(), result.end(), [](const Note& a, const Note& b) {
    return std::pair(a.start_us, a.pitch) < std::pair(b.start_us, b.pitch);
  });
  return result;
}

TEST(Performance, LastsUntilTheEndOfItsLastNote) {
  EXPECT_EQ(Performance{}.length_us(), 0);
  const Performance performance{.notes = {note(0, 100, 60), note(10, 5, 61)}, .pedals = {}};
  EXPECT_EQ(performance.length_us(), 100);
}

TEST(Performance, HoldsANoteIn24Bytes) {
  EXPECT_EQ(sizeof(Note), 24U);
}

TEST(MakePlayable, LeavesNothingAsItIs) {
  std::vector<Note> notes;
  EXPECT_EQ(make_playable(notes), 0);
  EXPECT_THAT(notes, IsEmpty());
}

TEST(MakePlayable, SortsByStartAndPitch) {
  std::vector<Note> notes = {note(5, 1, 60), note(0, 1, 62), note(0, 1, 61)};
  EXPECT_EQ(make_playable(notes), 0);
  EXPECT_THAT(notes, ElementsAre(note(0, 1, 61), note(0, 1, 62), note(5, 1, 60)));
}

TEST(MakePlayable, CutsANoteWhereItsPitchIsStruckAgain) {
  std::vector<Note> notes = {note(0, 100, 60), note(40, 100, 60), note(40, 100, 61)};
  EXPECT_EQ(make_playable(notes), 1);
  EXPECT_THAT(notes, ElementsAre(note(0, 40, 60), note(40, 100, 60), note(40, 100, 61)));
}

TEST(MakePlayable, CutsWhatThePedalHeldWithoutCountingIt) {
  Note held = note(0, 100, 60);
  held.key_length_us = 30;
  std::vector<Note> notes = {held, note(40, 100, 60)};
  EXPECT_EQ(make_playable(notes), 0);
  held.length_us = 40;
  EXPECT_THAT(notes, ElementsAre(held, note(40, 100, 60)));
}

TEST(MakePlayable, KeepsTheLongerOfTwoStruckTogetherWithTheGreaterVelocity) {
  std::vector<Note> notes = {note(0, 10, 60, 100), note(0, 20, 60, 50), note(0, 5, 60, 70)};
  EXPECT_EQ(make_playable(notes), 2);
  EXPECT_THAT(notes, ElementsAre(note(0, 20, 60, 100)));
}

TEST(MakePlayable, DoesTheSameAsItsDefinition) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    std::vector<Note> notes = random_performance(seed).notes;
    // Into any order, as different as the seed.
    RandomStream random(seed, 1);
    for (std::size_t i = notes.size(); i > 1; --i) {
      std::swap(notes[i - 1], notes[random.below(i)]);
    }
    const auto expected = slow_make_playable(notes);
    make_playable(notes);
    ASSERT_EQ(notes, expected) << "seed " << seed;
    ASSERT_EQ(make_playable(notes), 0) << "seed " << seed;
    ASSERT_EQ(notes, expected) << "not stable, seed " << seed;
  }
}

TEST(MakeTracksPlayable, NotesOfOnePitchOverlapIfTheirTracksDiffer) {
  const auto of_track = [](std::uint16_t track, Note one) {
    one.track = track;
    return one;
  };
  std::vector<Note> notes = {of_track(7, note(40, 100, 60)), of_track(2, note(40, 5, 60)),
                             of_track(2, note(0, 100, 60))};
  EXPECT_EQ(make_tracks_playable(notes), 1);
  EXPECT_THAT(notes, ElementsAre(note(0, 40, 60), note(40, 5, 60), note(40, 100, 60)));
  EXPECT_EQ(notes[1].track, 2);
  EXPECT_EQ(notes[2].track, 7);
}

TEST(MakeTracksPlayable, MergesToWhatMakePlayableMakes) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    RandomStream random(seed, 2);
    std::vector<Note> notes = random_performance(seed).notes;
    for (Note& one : notes) one.track = static_cast<std::uint16_t>(random.below(4));
    std::vector<Note> expected = notes;
    make_playable(expected);
    make_tracks_playable(notes);
    make_playable(notes);
    ASSERT_EQ(notes.size(), expected.size()) << "seed " << seed;
    for (std::size_t i = 0; i < notes.size(); ++i) {
      const auto sound = [](const Note& n) {
        return std::tuple(n.start_us, n.length_us, n.pitch, n.velocity);
      };
      ASSERT_EQ(sound(notes[i]), sound(expected[i])) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace pno::midi
