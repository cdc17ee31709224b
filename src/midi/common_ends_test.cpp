#include "midi/common_ends.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "midi/invariants.h"
#include "midi/smf_reader.h"
#include "midi/smf_writer.h"

namespace pno::midi {
namespace {

constexpr std::int64_t kStep_us = 10'000;

Note note(std::int64_t start_steps, std::int64_t length_steps, std::uint8_t pitch) {
  const auto length_us = static_cast<std::uint32_t>(length_steps * kStep_us);
  return {.start_us = start_steps * kStep_us,
          .length_us = length_us,
          .key_length_us = length_us,
          .pitch = pitch,
          .velocity = 64};
}

// Notes of which many end together, as a pedal makes them.
Performance random_held_notes(std::uint64_t seed) {
  RandomStream random(seed, 0);
  Performance performance;
  std::int64_t step = 0;
  for (int i = 0; i < 300; ++i) {
    step += static_cast<std::int64_t>(random.below(30));
    const auto to_bar = 200 - step % 200;
    const auto length =
        random.below(4) == 0 ? 1 + static_cast<std::int64_t>(random.below(80)) : to_bar;
    performance.notes.push_back(
        note(step, length, static_cast<std::uint8_t>(40 + random.below(20))));
  }
  std::ranges::sort(performance.notes, {},
                    [](const Note& n) { return std::pair(n.start_us, n.pitch); });
  make_playable(performance.notes);
  for (auto& n : performance.notes) n.key_length_us = n.length_us;
  return performance;
}

TEST(CommonEnds, BecomeAPedal) {
  Performance chord{.notes = {note(0, 200, 48), note(10, 190, 60), note(20, 180, 64)},
                    .pedals = {}};
  EXPECT_EQ(pedal_common_ends(chord, kStep_us), 3);
  ASSERT_EQ(chord.pedals.size(), 1U);
  EXPECT_EQ(chord.pedals[0].end_us, 2'000'000);
  for (const auto& n : chord.notes) EXPECT_EQ(n.key_length_us, 100'000U);
}

TEST(CommonEnds, ThePedalGoesDownAfterTheLastOtherEnd) {
  Performance music{.notes = {note(0, 50, 72), note(0, 200, 48), note(10, 190, 60)}, .pedals = {}};
  EXPECT_EQ(pedal_common_ends(music, kStep_us), 2);
  ASSERT_EQ(music.pedals.size(), 1U);
  EXPECT_EQ(music.pedals[0].start_us, 510'000);
  EXPECT_EQ(music.notes[0].key_length_us, 500'000U);
  EXPECT_EQ(music.notes[1].key_length_us, 510'000U);
}

TEST(CommonEnds, OneNoteIsNoReasonForAPedal) {
  Performance music{.notes = {note(0, 200, 48), note(10, 100, 60)}, .pedals = {}};
  EXPECT_EQ(pedal_common_ends(music, kStep_us), 0);
  EXPECT_TRUE(music.pedals.empty());
}

TEST(CommonEnds, TheReaderGivesTheSameNotes) {
  std::int64_t shortened = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto plain = random_held_notes(seed);
    auto pedalled = plain;
    shortened += pedal_common_ends(pedalled, kStep_us);
    const auto read = read_smf(write_smf(pedalled));
    ASSERT_TRUE(read.has_value());
    ASSERT_EQ(broken_invariant(read->performance), "");
    ASSERT_EQ(read->performance.notes.size(), plain.notes.size()) << seed;
    for (std::size_t i = 0; i < plain.notes.size(); ++i) {
      const auto &a = read->performance.notes[i], &b = plain.notes[i];
      ASSERT_EQ(a.start_us, b.start_us) << seed;
      ASSERT_EQ(a.length_us, b.length_us) << seed << " note " << i;
      ASSERT_EQ(a.pitch, b.pitch) << seed;
    }
  }
  EXPECT_GT(shortened, 1000);
}

}  // namespace
}  // namespace pno::midi
