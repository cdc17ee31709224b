#include "midi/lost_note_offs.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "base/random.h"
#include "midi/smf_builder.h"
#include "midi/smf_reader.h"

namespace pno::midi {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kOpen = -1;

// Presses of one pitch as TrackReader leaves them: {start, end}, first-in-first-out.
std::vector<std::int64_t> ends_of(std::vector<std::pair<std::int64_t, std::int64_t>> keys,
                                  std::vector<AllNotesOff> all_off = {}) {
  std::vector<KeyPress> presses;
  for (const auto& [start, end] : keys) {
    presses.push_back({.start_tick = start, .end_tick = end, .pitch = 60, .has_end = end != kOpen});
  }
  recover_lost_note_offs(presses, all_off);
  std::vector<std::int64_t> ends;
  for (const KeyPress& press : presses) ends.push_back(press.end_tick);
  return ends;
}

TEST(LostNoteOffs, OfTheFirstStrikeEndsItAtTheNextOne) {
  EXPECT_THAT(ends_of({{0, 25}, {20, 45}, {40, 65}, {60, kOpen}}), ElementsAre(20, 25, 45, 65));
}

TEST(LostNoteOffs, LeaveThePairsBeforeThemAlone) {
  // Two overlapping notes that both have their ends, then a loss.
  EXPECT_THAT(ends_of({{0, 20}, {10, 30}, {40, 55}, {50, kOpen}}), ElementsAre(20, 30, 50, 55));
}

TEST(LostNoteOffs, KeepFirstInFirstOutAfterTheLoss) {
  EXPECT_THAT(ends_of({{0, 30}, {10, 40}, {20, kOpen}}), ElementsAre(10, 30, 40));
}

TEST(LostNoteOffs, TwoCostTwoNotes) {
  EXPECT_THAT(ends_of({{0, 15}, {10, 35}, {20, kOpen}, {30, kOpen}}), ElementsAre(10, 15, 30, 35));
}

TEST(LostNoteOffs, OfTheLastStrikeHaveNoGuess) {
  EXPECT_THAT(ends_of({{0, 5}, {10, kOpen}}), ElementsAre(5, kNoTick));
}

TEST(LostNoteOffs, AreMadeGoodByAllNotesOff) {
  EXPECT_THAT(ends_of({{0, 5}, {10, kOpen}}, {{10, 0}, {30, 1}, {40, 0}, {50, 0}}),
              ElementsAre(5, 40));
  EXPECT_THAT(ends_of({{0, 25}, {20, kOpen}}, {{10, 0}}), ElementsAre(10, 25));
}

TEST(LostNoteOffs, OfTwoStrikesAtOneTickEndBothAtTheNext) {
  EXPECT_THAT(ends_of({{0, 15}, {0, kOpen}, {10, kOpen}}), ElementsAre(10, 10, 15));
}

// A performance on one piano: each key is released before it is struck again, and pitches repeat.
struct Played {
  std::uint32_t start_ms, end_ms;
  int pitch;
};

std::vector<Played> random_piece(RandomStream& random) {
  std::vector<Played> notes;
  std::map<int, std::uint32_t> free_from_ms;
  std::uint32_t now_ms = 0;
  for (int i = 0; i < 1000; ++i) {
    now_ms += static_cast<std::uint32_t>(random.below(200));
    const int pitch = static_cast<int>(40 + random.below(40));
    auto& free_ms = free_from_ms[pitch];
    if (now_ms <= free_ms) continue;
    const auto length_ms = static_cast<std::uint32_t>(30 + random.below(600));
    notes.push_back({now_ms, now_ms + length_ms, pitch});
    free_ms = now_ms + length_ms;
  }
  return notes;
}

struct Loss {
  std::int64_t notes = 0, lost = 0, wrong = 0, wrong_first_in_first_out = 0;
};

// The ends that first-in-first-out alone would give, in order of (start, pitch), each cut as its
// pitch is struck again, as make_playable() does.
std::map<std::pair<std::uint32_t, int>, std::uint32_t> first_in_first_out(
    const std::vector<Played>& notes, const std::vector<bool>& lost) {
  std::map<int, std::vector<std::uint32_t>> starts, ends;
  std::uint32_t last_ms = 0;
  for (std::size_t i = 0; i < notes.size(); ++i) {
    starts[notes[i].pitch].push_back(notes[i].start_ms);
    if (!lost[i]) ends[notes[i].pitch].push_back(notes[i].end_ms);
    last_ms = std::max(last_ms, notes[i].end_ms);
  }
  std::map<std::pair<std::uint32_t, int>, std::uint32_t> found;
  for (const auto& [pitch, at] : starts) {
    std::size_t used = 0;
    for (std::size_t i = 0; i < at.size(); ++i) {
      // Never before its start: each end follows at least as many strikes.
      std::uint32_t end_ms = used < ends[pitch].size() ? ends[pitch][used++] : last_ms;
      if (i + 1 < at.size()) end_ms = std::min(end_ms, at[i + 1]);
      found[{at[i], pitch}] = end_ms;
    }
  }
  return found;
}

// One note-off in a hundred is lost.
Loss lose_note_offs(std::uint64_t seed) {
  RandomStream random(seed, 0);
  const std::vector<Played> notes = random_piece(random);
  std::vector<bool> lost;
  std::vector<std::tuple<std::uint32_t, bool, int>> events;  // time, on, pitch
  for (const Played& note : notes) {
    lost.push_back(random.below(100) == 0);
    events.emplace_back(note.start_ms, true, note.pitch);
    if (!lost.back()) events.emplace_back(note.end_ms, false, note.pitch);
  }
  std::sort(events.begin(), events.end());
  Track track;
  std::uint32_t now_ms = 0;
  for (const auto& [time_ms, on, pitch] : events) {
    on ? track.on(time_ms - now_ms, pitch) : track.off(time_ms - now_ms, pitch);
    now_ms = time_ms;
  }
  const auto file = read_smf(smf(track.end(3'600'000)));
  EXPECT_TRUE(file.has_value());
  EXPECT_EQ(file->performance.notes.size(), notes.size());

  Loss loss;
  const auto before = first_in_first_out(notes, lost);
  std::map<std::pair<std::uint32_t, int>, std::uint32_t> after;
  for (const Note& note : file->performance.notes) {
    after[{static_cast<std::uint32_t>(note.start_us / 1000), note.pitch}] =
        static_cast<std::uint32_t>(note.end_us() / 1000);
  }
  for (std::size_t i = 0; i < notes.size(); ++i) {
    const std::pair place{notes[i].start_ms, notes[i].pitch};
    ++loss.notes;
    loss.lost += lost[i] ? 1 : 0;
    loss.wrong += after[place] != notes[i].end_ms ? 1 : 0;
    loss.wrong_first_in_first_out += before.at(place) != notes[i].end_ms ? 1 : 0;
  }
  return loss;
}

TEST(LostNoteOffs, CostOneNoteEachInRandomPieces) {
  Loss sum;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Loss loss = lose_note_offs(seed);
    ASSERT_LE(loss.wrong, loss.lost) << "seed " << seed;
    sum.notes += loss.notes;
    sum.lost += loss.lost;
    sum.wrong += loss.wrong;
    sum.wrong_first_in_first_out += loss.wrong_first_in_first_out;
  }
  const auto share = [&](std::int64_t count) {
    return static_cast<double>(count) / static_cast<double>(sum.notes);
  };
  EXPECT_LE(share(sum.wrong), 0.0105);
  EXPECT_GE(share(sum.wrong_first_in_first_out), 0.05) << "the loss would cost little anyway";
  RecordProperty("wrong_percent", std::to_string(100 * share(sum.wrong)));
  RecordProperty("fifo_percent", std::to_string(100 * share(sum.wrong_first_in_first_out)));
}

}  // namespace
}  // namespace pno::midi
