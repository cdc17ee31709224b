#include "midi/smf_writer.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "midi/invariants.h"
#include "midi/note_text.h"
#include "midi/pedal.h"
#include "midi/random_music.h"
#include "midi/smf_builder.h"
#include "midi/smf_reader.h"

namespace pno::midi {
namespace {

Performance one_note(std::int64_t start_us, std::uint32_t length_us) {
  return {.notes = {{.start_us = start_us,
                     .length_us = length_us,
                     .key_length_us = length_us,
                     .pitch = 60,
                     .velocity = 64}},
          .pedals = {}};
}

// A performance as a reader would give it: the lengths are those of keys and pedals.
Performance playable(std::uint64_t seed, std::int64_t scale) {
  Performance performance = random_performance(seed);
  for (Note& note : performance.notes) {
    note.start_us *= scale;
    note.key_length_us *= static_cast<std::uint32_t>(scale);
  }
  for (Pedal& pedal : performance.pedals) {
    pedal.start_us *= scale;
    pedal.end_us *= scale;
  }
  std::sort(performance.notes.begin(), performance.notes.end(),
            [](const Note& a, const Note& b) { return a.start_us < b.start_us; });
  sort_pedals(performance.pedals);
  apply_pedals(performance.notes, performance.pedals);
  make_playable(performance.notes);
  return performance;
}

void expect_same_when_read(const Performance& performance, const std::string& what) {
  const auto file = read_smf(write_smf(performance));
  ASSERT_TRUE(file.has_value()) << what << ": " << file.error().message;
  ASSERT_EQ(file->performance.notes, performance.notes) << what;
  ASSERT_EQ(file->performance.pedals, performance.pedals) << what;
  ASSERT_EQ(file->oddities.text(), "") << what;
}

TEST(SmfWriter, WritesEveryByteAsTheSpecificationHasIt) {
  Performance performance = one_note(1000, 2000);
  performance.pedals = {{0, 200'000, Pedal::Kind::sustain, 0}};
  const Track track = Track()
                          .event(0, {0xFF, 2, 1, 'c'})
                          .event(0, {0xFF, 3, 1, 't'})
                          .event(0, {0xFF, 1, 1, 'x'})
                          .tempo(0, 500'000)
                          .program(0, 0)
                          .sustain(0, 127)
                          .on(1, 60)
                          .off(2, 60)
                          .sustain(197, 0)
                          .end();
  EXPECT_EQ(write_smf(performance, {.title = "t", .text = "x", .copyright = "c"}), smf(track));
}

TEST(SmfWriter, WritesAnEmptyPerformance) {
  expect_same_when_read({}, "no notes");
}

TEST(SmfWriter, ChoosesTheProgramOfEveryChannelItUses) {
  Performance performance = one_note(0, 1000);
  performance.pedals = {{0, 1000, Pedal::Kind::sustain, 3}};
  const auto bytes = write_smf(performance);
  for (const int channel : {0, 3}) {
    const FileBytes change = Track().program(0, 0, channel).bytes();
    EXPECT_NE(std::search(bytes.begin(), bytes.end(), change.begin(), change.end()), bytes.end());
  }
}

TEST(SmfWriter, TicksInMillisecondsAtAnOrdinaryTempoWhereItCan) {
  const auto milliseconds = read_smf(write_smf(one_note(1000, 5000)));
  EXPECT_EQ(milliseconds->ticks_per_quarter, 500);
  EXPECT_EQ(milliseconds->first_tempo_bpm, 120);
  const auto microseconds = read_smf(write_smf(one_note(1000, 5001)));
  EXPECT_EQ(microseconds->ticks_per_quarter, 30'000);
}

TEST(SmfWriter, KeepsEveryMicrosecondOfRandomMusic) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    for (const std::int64_t scale : {1, 1000, 37}) {
      const Performance performance = playable(seed, scale);
      ASSERT_EQ(broken_invariant(performance), "");
      ASSERT_NO_FATAL_FAILURE(
          expect_same_when_read(performance, fmt::format("seed {} scale {}", seed, scale)));
    }
  }
}

TEST(SmfWriter, BridgesGapsLongerThanADeltaCanSay) {
  constexpr std::int64_t kHour_us = 3'600'000'001;
  expect_same_when_read(one_note(5 * kHour_us, 0xFFFF'FFFF), "a note of 71 minutes after 5 hours");
}

TEST(SmfWriter, WritesTextsOfAnyLength) {
  const auto file = read_smf(write_smf(one_note(0, 1000), {.title = std::string(100'000, 't')}));
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->performance.notes.size(), 1U);
  EXPECT_FALSE(file->oddities.any());
}

TEST(SmfWriterDeathTest, StopsOnNotesThatMidiCannotHold) {
  Performance performance = one_note(0, 1000);
  performance.notes[0].velocity = 0;
  EXPECT_DEATH(write_smf(performance), "a note that MIDI cannot hold");
  performance = one_note(0, 1000);
  performance.notes[0].channel = 9;  // readers take it for drums
  EXPECT_DEATH(write_smf(performance), "a note that MIDI cannot hold");
}

}  // namespace
}  // namespace pno::midi
