#include "midi/smf_writer.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

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
  const auto file = read_smf(write_smf(performance, {.every_microsecond = true}));
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
                          .event(0, {0xFF, 0x58, 4, 4, 2, 24, 8})
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

// The greatest distance of a start or an end of a note from where it should be.
std::int64_t farthest_us(const Performance& read, const Performance& written) {
  EXPECT_EQ(read.notes.size(), written.notes.size());
  std::int64_t farthest = 0;
  for (std::size_t i = 0; i < std::min(read.notes.size(), written.notes.size()); ++i) {
    const auto &a = read.notes[i], &b = written.notes[i];
    EXPECT_EQ(a.pitch, b.pitch);
    EXPECT_EQ(a.velocity, b.velocity);
    farthest =
        std::max({farthest, std::abs(a.start_us - b.start_us), std::abs(a.end_us() - b.end_us())});
  }
  return farthest;
}

TEST(SmfWriter, TicksAreMillisecondsAt120) {
  const auto file = read_smf(write_smf(one_note(1000, 5000)));
  EXPECT_EQ(file->ticks_per_quarter, 500);
  EXPECT_EQ(file->first_tempo_bpm, 120);
  EXPECT_EQ(file->performance.notes[0].start_us, 1000);
}

TEST(SmfWriter, OtherTimesAreRoundedToAUsualTick) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    auto performance = playable(seed, 1370);
    performance.pedals.clear();
    for (auto& note : performance.notes) note.length_us = note.key_length_us;
    make_playable(performance.notes);
    const auto file = read_smf(write_smf(performance));
    ASSERT_TRUE(file.has_value());
    ASSERT_EQ(file->first_tempo_bpm, 120);
    ASSERT_TRUE(file->ticks_per_quarter == 500 || file->ticks_per_quarter == 960);
    ASSERT_LE(farthest_us(file->performance, performance), 270) << seed;
  }
}

// Music on a grid of 10 ms, as the engine writes it, at another tempo.
TEST(SmfWriter, AScaledTempoKeepsTheTicks) {
  for (const double scale : {0.1, 0.3, 0.9, 1.1, 1.7, 2.5, 3.0, 10.0}) {
    Performance performance;
    std::int64_t step = 0;
    for (int i = 0; i < 2000; ++i) {
      step += 1 + i * 7 % 40;
      const auto at_us = [&](std::int64_t steps) {
        return std::llround(static_cast<double>(steps) * 10'000 / scale);
      };
      const auto length_us = static_cast<std::uint32_t>(at_us(step + 1 + i % 9) - at_us(step));
      performance.notes.push_back({.start_us = at_us(step),
                                   .length_us = length_us,
                                   .key_length_us = length_us,
                                   .pitch = static_cast<std::uint8_t>(30 + i % 60),
                                   .velocity = 64});
    }
    make_playable(performance.notes);
    const auto file = read_smf(write_smf(performance, {.tempo_bpm = 120 * scale}));
    ASSERT_TRUE(file.has_value());
    EXPECT_LE(file->ticks_per_quarter, 960) << scale;
    EXPECT_GE(file->first_tempo_bpm, 29.99) << scale;
    EXPECT_LE(file->first_tempo_bpm, 300.01) << scale;
    if (scale >= 0.25 && scale <= 2.5) {
      EXPECT_EQ(file->ticks_per_quarter, 500) << scale;
    }
    EXPECT_LE(farthest_us(file->performance, performance), 1000) << scale;
  }
}

TEST(SmfWriter, AlwaysNamesItsTrackAndHasATimeSignature) {
  const auto bytes = write_smf(one_note(0, 1000));
  const FileBytes signature = Track().event(0, {0xFF, 0x58, 4, 4, 2, 24, 8}).bytes();
  EXPECT_NE(std::search(bytes.begin(), bytes.end(), signature.begin(), signature.end()),
            bytes.end());
  EXPECT_EQ(read_smf(bytes)->performance.track_names, std::vector<std::string>{"Piano"});
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
