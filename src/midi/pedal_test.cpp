#include "midi/pedal.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>

#include "midi/note_text.h"
#include "midi/random_music.h"

namespace pno::midi {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kSustain = Pedal::Kind::sustain;
constexpr auto kSostenuto = Pedal::Kind::sostenuto;

Note key(std::int64_t start_us, std::uint32_t key_length_us, std::uint8_t channel = 0) {
  return {.start_us = start_us,
          .length_us = key_length_us,
          .key_length_us = key_length_us,
          .pitch = 60,
          .velocity = 64,
          .channel = channel};
}

std::uint32_t length_under(std::vector<Pedal> pedals, Note note) {
  sort_pedals(pedals);
  apply_pedals(std::span(&note, 1), pedals);
  return note.length_us;
}

TEST(Pedal, NoteEndsAtPedalReleaseWhenTheKeyIsReleasedUnderIt) {
  EXPECT_EQ(length_under({{50, 200, kSustain, 0}}, key(0, 100)), 200U);
  EXPECT_EQ(length_under({{50, 200, kSustain, 0}}, key(100, 20)), 100U);
}

TEST(Pedal, NoteEndsWithItsKeyWhenThePedalIsUpThen) {
  EXPECT_EQ(length_under({{20, 90, kSustain, 0}}, key(0, 100)), 100U);
  EXPECT_EQ(length_under({{120, 190, kSustain, 0}}, key(0, 100)), 100U);
  EXPECT_EQ(length_under({{20, 100, kSustain, 0}}, key(0, 100)), 100U);
}

TEST(Pedal, HoldsAKeyReleasedJustAsItGoesDown) {
  EXPECT_EQ(length_under({{100, 200, kSustain, 0}}, key(0, 100)), 200U);
}

TEST(Pedal, EndsANoteWhenLiftedAndPressedAtOnce) {
  EXPECT_EQ(length_under({{50, 150, kSustain, 0}, {150, 300, kSustain, 0}}, key(0, 100)), 150U);
}

TEST(Pedal, HoldsOnlyItsOwnChannel) {
  EXPECT_EQ(length_under({{50, 200, kSustain, 1}}, key(0, 100, 0)), 100U);
  EXPECT_EQ(length_under({{50, 200, kSustain, 1}}, key(0, 100, 1)), 200U);
}

TEST(Pedal, SostenutoHoldsOnlyWhatSoundsWhenItGoesDown) {
  const Pedal pedal{50, 200, kSostenuto, 0};
  EXPECT_EQ(length_under({pedal}, key(0, 100)), 200U);
  EXPECT_EQ(length_under({pedal}, key(50, 10)), 150U);  // struck with it
  EXPECT_EQ(length_under({pedal}, key(51, 10)), 10U);
  EXPECT_EQ(length_under({pedal}, key(0, 50)), 50U);  // ended just then
}

TEST(Pedal, SostenutoHoldsWhatSoundsUnderTheSustainPedal) {
  EXPECT_EQ(length_under({{10, 100, kSustain, 0}, {60, 200, kSostenuto, 0}}, key(0, 20)), 200U);
}

TEST(Pedal, PedalsTakeOverFromEachOther) {
  EXPECT_EQ(length_under({{50, 200, kSostenuto, 0}, {150, 300, kSustain, 0}}, key(0, 100)), 300U);
}

TEST(Pedal, SostenutoHoldsWhileTheSustainPedalIsLiftedAndPressedAtOnce) {
  EXPECT_EQ(length_under({{0, 150, kSustain, 0}, {20, 150, kSostenuto, 0}, {150, 300, kSustain, 0}},
                         key(0, 100)),
            300U);
}

TEST(Pedal, CutsALengthThatIsMoreThanANoteCanHold) {
  const std::int64_t two_hours_us = 7'200'000'000;
  EXPECT_EQ(length_under({{0, two_hours_us, kSustain, 0}}, key(0, 1)), 0xFFFF'FFFFU);
}

// The definition: a string and its damper, microsecond by microsecond. What happens within one is
// in the order in which write_smf() writes it.
std::uint32_t slow_length_us(const Note& note, const std::vector<Pedal>& pedals) {
  bool key_down = true, sustained = false, caught = false;
  for (std::int64_t t = 0;; ++t) {
    const bool struck = t >= note.start_us;
    const auto any = [&](Pedal::Kind kind, std::int64_t Pedal::*when) {
      return std::any_of(pedals.begin(), pedals.end(), [&](const Pedal& pedal) {
        return pedal.kind == kind && pedal.channel == note.channel && pedal.*when == t;
      });
    };
    const auto is_damped = [&] { return struck && !key_down && !sustained && !caught; };
    const auto length_us = static_cast<std::uint32_t>(t - note.start_us);

    if (any(kSustain, &Pedal::end_us)) sustained = false;
    if (is_damped()) return length_us;
    if (any(kSustain, &Pedal::start_us)) sustained = true;
    if (any(kSostenuto, &Pedal::end_us)) caught = false;
    if (is_damped()) return length_us;
    if (t == note.start_us + note.key_length_us) key_down = false;
    if (is_damped()) return length_us;
    if (any(kSostenuto, &Pedal::start_us)) caught = struck;
  }
}

TEST(Pedal, DoesTheSameAsItsDefinition) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Performance performance = random_performance(seed);
    sort_pedals(performance.pedals);
    std::sort(performance.notes.begin(), performance.notes.end(),
              [](const Note& a, const Note& b) { return a.start_us < b.start_us; });
    const std::vector<Note> keys = performance.notes;
    apply_pedals(performance.notes, performance.pedals);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      ASSERT_EQ(performance.notes[i].length_us, slow_length_us(keys[i], performance.pedals))
          << "seed " << seed << ", note " << i << " at " << keys[i].start_us;
    }
  }
}

// A long note over many pedals is found by search, a short one by walking.
TEST(Pedal, FindsThePedalThatEndsANoteOverThousandsOfThem) {
  std::vector<Pedal> pedals;
  for (std::int64_t i = 0; i < 5000; ++i) {
    pedals.push_back({10 * i, 10 * i + 8, kSustain, 0});
  }
  EXPECT_EQ(length_under(pedals, key(3, 45'002)), 45'005U);  // released at 45005, lifted at 45008
  EXPECT_EQ(length_under(pedals, key(3, 45'006)), 45'006U);  // at 45009, between two
}

struct PedalsRead {
  std::vector<Pedal> pedals;
  std::int64_t never_lifted = 0;
};

// Ticks are milliseconds.
PedalsRead pedals_of(const std::vector<PedalMove>& moves, std::int64_t last_key_ms) {
  const TempoMap millisecond_ticks(Division::ticks_per_quarter(500), {}, kLongestTimeUs);
  std::array<std::uint8_t, kLines> channels;
  channels.fill(kNoChannel);
  for (std::uint8_t line = 0; line < kChannels; ++line) channels[line] = line;
  PedalsRead read;
  read.never_lifted = append_pedals(moves,
                                    {.map = &millisecond_ticks,
                                     .last_key_us = 1000 * last_key_ms,
                                     .offset_us = 0,
                                     .channels = channels},
                                    read.pedals);
  sort_pedals(read.pedals);
  return read;
}

TEST(PedalMoves, MakeTheTimesInWhichThePedalIsDown) {
  const auto read = pedals_of({{1, kSustain, 0, true},
                               {2, kSostenuto, 3, true},
                               {4, kSustain, 0, false},
                               {6, kSostenuto, 3, false}},
                              10);
  EXPECT_THAT(read.pedals,
              ElementsAre(Pedal{1000, 4000, kSustain, 0}, Pedal{2000, 6000, kSostenuto, 3}));
  EXPECT_EQ(read.never_lifted, 0);
}

TEST(PedalMoves, EndTwoSecondsAfterTheLastKeyWhenThePedalIsNeverLifted) {
  const auto read = pedals_of({{1, kSustain, 0, true}, {2, kSostenuto, 0, true}}, 10);
  EXPECT_THAT(read.pedals, ElementsAre(Pedal{1000, 2'010'000, kSustain, 0},
                                       Pedal{2000, 2'010'000, kSostenuto, 0}));
  EXPECT_EQ(read.never_lifted, 2);
}

TEST(PedalMoves, LiftThePedalUpToHalfAMinuteAfterTheLastKey) {
  EXPECT_THAT(pedals_of({{1, kSustain, 0, true}, {30'010, kSustain, 0, false}}, 10).pedals,
              ElementsAre(Pedal{1000, 30'010'000, kSustain, 0}));
  const auto late = pedals_of({{1, kSustain, 0, true}, {30'011, kSustain, 0, false}}, 10);
  EXPECT_THAT(late.pedals, ElementsAre(Pedal{1000, 2'010'000, kSustain, 0}));
  EXPECT_EQ(late.never_lifted, 1);
}

TEST(PedalMoves, AfterTheEndOfAllKeysHoldNothing) {
  EXPECT_THAT(pedals_of({{5000, kSustain, 0, true}}, 10).pedals, IsEmpty());
}

TEST(PedalMoves, OfNoTimeAndLiftsWithoutAPressAreNotAPedal) {
  EXPECT_THAT(pedals_of({{1, kSustain, 0, false},
                         {2, kSustain, 0, true},
                         {2, kSustain, 0, false},
                         {2010, kSustain, 0, true}},
                        10)
                  .pedals,
              IsEmpty());
}

TEST(PedalMoves, OfALineWithoutAChannelAreIgnored) {
  EXPECT_THAT(pedals_of({{1, kSustain, 16, true}, {4, kSustain, 16, false}}, 10).pedals, IsEmpty());
}

TEST(PedalMoves, FromAnotherTrackThatRepeatAPressChangeNothing) {
  EXPECT_THAT(
      pedals_of({{1, kSustain, 0, true}, {2, kSustain, 0, true}, {5, kSustain, 0, false}}, 10)
          .pedals,
      ElementsAre(Pedal{1000, 5000, kSustain, 0}));
}

TEST(Pedal, LetsANoteRingThatWasReleasedWhenStruck) {
  Note under = key(100, 0);
  const std::vector<Pedal> pedals = {{50, 200, kSustain, 0}};
  apply_pedals(std::span(&under, 1), pedals);
  EXPECT_EQ(under.length_us, 100U);
  EXPECT_EQ(under.key_length_us, 1U);
  EXPECT_EQ(length_under(pedals, key(20, 0)), 0U);   // before the pedal
  EXPECT_EQ(length_under(pedals, key(200, 0)), 0U);  // as it rises
}

TEST(Pedal, EndsEverythingHalfAMinuteAfterTheLastKey) {
  std::vector<Note> notes = {key(0, 1000), key(5000, 10)};
  std::vector<Pedal> pedals = {{500, 100'000'000, kSustain, 0},
                               {90'000'000, 91'000'000, kSustain, 0}};
  notes[0].length_us = 100'000'000;
  cut_after_last_key(notes, pedals);
  EXPECT_EQ(notes[0].length_us, 30'005'010U);
  EXPECT_EQ(notes[1].length_us, 10U);
  EXPECT_THAT(pedals, ElementsAre(Pedal{500, 30'005'010, kSustain, 0}));
}

}  // namespace
}  // namespace pno::midi
