// The meaning of a file. Files with defects are in tests/midi_corpus.

#include "midi/smf_reader.h"

#include <gmock/gmock.h>

#include "midi/note_text.h"
#include "midi/smf_builder.h"

namespace pno::midi {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SmfFile read(const FileBytes& bytes, const ReadOptions& options = {}) {
  auto file = read_smf(bytes, options);
  EXPECT_TRUE(file.has_value()) << file.error().message;
  return file.value_or(SmfFile{});
}

std::vector<Note> notes_of(const FileBytes& bytes, const ReadOptions& options = {}) {
  return read(bytes, options).performance.notes;
}

// Times in milliseconds.
Note note(int start, int length, int pitch, int velocity = 64, int channel = 0) {
  const auto length_us = static_cast<std::uint32_t>(1000 * length);
  return {.start_us = 1000LL * start,
          .length_us = length_us,
          .key_length_us = length_us,
          .pitch = static_cast<std::uint8_t>(pitch),
          .velocity = static_cast<std::uint8_t>(velocity),
          .channel = static_cast<std::uint8_t>(channel)};
}

Note held(Note note, int key_length) {
  note.key_length_us = static_cast<std::uint32_t>(1000 * key_length);
  return note;
}

TEST(SmfReader, ReadsNotesWithTheirTimesAndVelocities) {
  const auto file = read(smf(Track().on(10, 60, 1).on(5, 64, 127).off(5, 60).off(80, 64).end()));
  EXPECT_THAT(file.performance.notes, ElementsAre(note(10, 10, 60, 1), note(15, 85, 64, 127)));
  EXPECT_EQ(file.oddities.text(), "");
  EXPECT_FALSE(file.oddities.any());
  EXPECT_EQ(file.format, 0);
  EXPECT_EQ(file.tracks, 1);
  EXPECT_EQ(file.ticks_per_quarter, 500);
  EXPECT_EQ(file.tempo_changes, 0);
  EXPECT_EQ(file.first_tempo_bpm, 120);
}

TEST(SmfReader, TakesNoteOnWithVelocity0AsNoteOff) {
  EXPECT_THAT(notes_of(smf(Track().on(0, 60).on(10, 60, 0).end())), ElementsAre(note(0, 10, 60)));
}

TEST(SmfReader, KeepsRunningStatusAcrossMetaEventsAndSysEx) {
  Track track;
  track.on(0, 60)
      .event(5, {62, 64})                     // running
      .event(0, {0xFF, 0x01, 2, 'h', 'i'})    // a text
      .event(5, {60, 0})                      // still NOTE_ON
      .event(0, {0xF0, 3, 0x43, 0x10, 0xF7})  // a SysEx
      .event(0, {62, 0})
      .end();
  EXPECT_THAT(notes_of(smf(track)), ElementsAre(note(0, 10, 60), note(5, 5, 62)));
}

TEST(SmfReader, PassesOverSysExWithContinuationAndEscapes) {
  Track track;
  track
      .event(10, {0xF0, 3, 0x43, 0x12, 0x00})  // begun
      .event(10, {0xF7, 2, 0x90, 60})          // continued with bytes that look like a note
      .event(10, {0xF7, 2, 64, 0xF7})          // ended
      .event(10, {0xF7, 3, 0x90, 61, 64})      // an escape
      .on(0, 60)
      .off(10, 60)
      .end();
  const auto file = read(smf(track));
  EXPECT_THAT(file.performance.notes, ElementsAre(note(40, 10, 60)));
  EXPECT_FALSE(file.oddities.any());
}

TEST(SmfReader, ReadsLongDeltas) {
  EXPECT_THAT(notes_of(smf(Track().on(0x0F'FFFF, 60).off(0x80, 60).end())),
              ElementsAre(note(0x0F'FFFF, 0x80, 60)));
}

TEST(SmfReader, TakesTemposFromAllTracks) {
  const Track notes = Track().on(500, 60).off(500, 60).end();
  const Track tempos = Track().tempo(0, 1'000'000).tempo(750, 250'000).end();
  // 500 ticks of 2 ms, 250 of 2 ms, 250 of 0.5 ms.
  const auto file = read(smf(1, {notes, tempos}));
  EXPECT_THAT(file.performance.notes, ElementsAre(note(1000, 625, 60)));
  EXPECT_EQ(file.tempo_changes, 2);
  EXPECT_EQ(file.first_tempo_bpm, 60);
}

TEST(SmfReader, CountsSmpteFrames) {
  const auto file = read(smf(0, {Track().tempo(0, 1).on(40, 60).off(40, 60).end()}, 0xE728));
  EXPECT_THAT(file.performance.notes, ElementsAre(note(40, 40, 60)));
  EXPECT_EQ(file.ticks_per_quarter, 0);
  EXPECT_EQ(file.smpte_ticks_per_s, 1000);
}

TEST(SmfReader, PlaysTheTracksOfType2OneAfterTheOther) {
  const Track first =
      Track().tempo(0, 1'000'000).on(0, 60).off(100, 60).sustain(0, 127).sustain(400, 0).end(5000);
  const Track second = Track().on(0, 62).off(100, 62).end();
  const auto file = read(smf(2, {first, second}));
  // The first lasts a second, up to its pedal; its tempo and its pedal end with it.
  EXPECT_THAT(file.performance.notes,
              ElementsAre(held(note(0, 1000, 60), 200), note(1000, 100, 62)));
  EXPECT_THAT(file.performance.pedals,
              ElementsAre(Pedal{200'000, 1'000'000, Pedal::Kind::sustain, 0}));
}

// Traps of docs/design.md section 8.

TEST(SmfReader, OnlyTheFirstTrackWasRead) {
  const auto file = read(smf(1, {Track().on(0, 60).off(10, 60).end(),
                                 Track().on(5, 72, 64, 1).off(10, 72, 1).end(), Track().end()}));
  EXPECT_THAT(file.performance.notes, ElementsAre(note(0, 10, 60), note(5, 10, 72, 64, 1)));
  EXPECT_EQ(file.tracks, 3);
}

TEST(SmfReader, TakesNoOtherControllerForAPedal) {
  for (int controller = 0; controller < 128; ++controller) {
    if (controller == 64 || controller == 66) continue;
    Track track;
    track.on(0, 60).control(0, controller, 127).off(10, 60).on(10, 62).off(10, 62);
    track.control(70, controller, 0).end();
    const auto file = read(smf(track));
    ASSERT_THAT(file.performance.notes, ElementsAre(note(0, 10, 60), note(20, 10, 62)))
        << "controller " << controller;
    ASSERT_THAT(file.performance.pedals, IsEmpty()) << "controller " << controller;
  }
}

TEST(SmfReader, NoteEndsAtPedalReleaseAndNoReleaseIsMissed) {
  Track track;
  track.sustain(0, 127);
  for (int pitch = 60; pitch < 70; ++pitch) track.on(0, pitch);
  for (int pitch = 60; pitch < 70; ++pitch) track.off(1, pitch);
  track.sustain(90, 0).end();
  const auto notes = notes_of(smf(track));
  ASSERT_EQ(notes.size(), 10U);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(notes[static_cast<std::size_t>(i)], held(note(0, 100, 60 + i), i + 1));
  }
}

TEST(SmfReader, EmptyFileEndsNoRun) {
  EXPECT_THAT(notes_of(smf(Track().end())), IsEmpty());
  EXPECT_THAT(notes_of(header(1, 0, 480)), IsEmpty());
}

// Pedals.

TEST(SmfReader, TakesThePedalAsDownFrom64On) {
  const auto length_with = [](int value) {
    return notes_of(smf(Track().sustain(0, value).on(0, 60).off(10, 60).sustain(10, 0).end()))[0]
        .length_us;
  };
  EXPECT_EQ(length_with(63), 10'000U);
  EXPECT_EQ(length_with(64), 20'000U);
}

TEST(SmfReader, LiftsTheHalfPedalBelow64) {
  EXPECT_THAT(notes_of(smf(Track()
                               .sustain(0, 127)
                               .on(0, 60)
                               .off(10, 60)
                               .sustain(5, 90)
                               .sustain(5, 63)
                               .sustain(5, 0)
                               .end())),
              ElementsAre(held(note(0, 20, 60), 10)));
}

TEST(SmfReader, EndsAPedalledNoteWhereItsPitchIsStruckAgain) {
  const auto file = read(smf(
      Track().sustain(0, 127).on(0, 60).off(10, 60).on(10, 60).off(10, 60).sustain(10, 0).end()));
  EXPECT_THAT(file.performance.notes,
              ElementsAre(held(note(0, 20, 60), 10), held(note(20, 20, 60), 10)));
  EXPECT_FALSE(file.oddities.any());
}

TEST(SmfReader, AppliesAPedalOfAnotherTrackToItsChannelOnly) {
  const auto file = read(
      smf(1, {Track().on(0, 60).off(10, 60).end(), Track().on(0, 62, 64, 1).off(10, 62, 1).end(),
              Track().sustain(5, 100, 1).sustain(45, 0, 1).end()}));
  EXPECT_THAT(file.performance.notes,
              ElementsAre(note(0, 10, 60), held(note(0, 50, 62, 64, 1), 10)));
  EXPECT_THAT(file.performance.pedals, ElementsAre(Pedal{5'000, 50'000, Pedal::Kind::sustain, 1}));
}

TEST(SmfReader, HoldsWithSostenutoWhatSoundsWhenItGoesDown) {
  const auto notes = notes_of(smf(Track()
                                      .on(0, 60)
                                      .control(5, 66, 127)
                                      .on(0, 62)
                                      .on(1, 64)
                                      .off(4, 60)
                                      .off(0, 62)
                                      .off(0, 64)
                                      .control(90, 66, 0)
                                      .end()));
  EXPECT_THAT(notes,
              ElementsAre(held(note(0, 100, 60), 10), held(note(5, 95, 62), 5), note(6, 4, 64)));
}

TEST(SmfReader, EndsAPedalThatIsNeverLiftedTwoSecondsAfterTheLastKey) {
  for (const std::uint32_t end_of_track : {0U, 90U, 36'000'000U}) {
    const auto file = read(smf(Track().sustain(0, 127).on(0, 60).off(10, 60).end(end_of_track)));
    EXPECT_THAT(file.performance.notes, ElementsAre(held(note(0, 2010, 60), 10))) << end_of_track;
    EXPECT_EQ(file.oddities.text(), "1 pedal never lifted");
  }
}

TEST(SmfReader, TakesAPedalLiftedHalfAMinuteAfterTheLastKeyAsNeverLifted) {
  const auto lifted_after = [](std::uint32_t ms) {
    return notes_of(smf(Track().sustain(0, 127).on(0, 60).off(10, 60).sustain(ms, 0).end()));
  };
  EXPECT_THAT(lifted_after(30'000), ElementsAre(held(note(0, 30'010, 60), 10)));
  EXPECT_THAT(lifted_after(30'001), ElementsAre(held(note(0, 2010, 60), 10)));
}

TEST(SmfReader, EndsAKeyThatIsNeverReleasedAfterTheMedianLength) {
  const auto file = read(smf(
      Track().on(0, 60).off(300, 60).on(0, 62).off(100, 62).on(0, 64).off(700, 64).on(0, 65).end(
          36'000'000)));
  EXPECT_THAT(file.performance.notes, ElementsAre(note(0, 300, 60), note(300, 100, 62),
                                                  note(400, 700, 64), note(1100, 300, 65)));
  EXPECT_EQ(file.oddities.text(), "1 note without end");
}

TEST(SmfReader, EndsAKeyThatIsNeverReleasedAfterTwoSecondsIfOthersAreLonger) {
  EXPECT_THAT(notes_of(smf(Track().on(0, 60).off(5000, 60).on(0, 62).end())),
              ElementsAre(note(0, 5000, 60), note(5000, 2000, 62)));
  EXPECT_THAT(notes_of(smf(Track().on(0, 62).end())), ElementsAre(note(0, 2000, 62)));
}

TEST(SmfReader, KeepsKeyLengthsWithoutSustain) {
  const auto file = read(smf(Track().sustain(0, 127).on(0, 60).off(10, 60).sustain(90, 0).end()),
                         {.sustain = false});
  EXPECT_THAT(file.performance.notes, ElementsAre(note(0, 10, 60)));
  EXPECT_EQ(file.performance.pedals.size(), 1U);
}

TEST(SmfReader, IgnoresPitchBendsAndPressures) {
  Track track;
  track.event(0, {0xE0, 0, 127}).on(0, 60).event(5, {0xA0, 60, 99}).event(0, {0xD0, 99});
  track.off(5, 60).end();
  EXPECT_THAT(notes_of(smf(track)), ElementsAre(note(0, 10, 60)));
}

TEST(SmfReader, EndsWithAllNotesOffOnlyWhatNoNoteOffEnds) {
  for (const int controller : {120, 123}) {
    const auto file = read(smf(Track()
                                   .on(0, 60)
                                   .on(0, 62)
                                   .on(0, 64, 64, 1)
                                   .control(10, controller, 0)
                                   .off(10, 60)
                                   .off(0, 64, 1)
                                   .end(80)));
    EXPECT_THAT(file.performance.notes,
                ElementsAre(note(0, 20, 60), note(0, 10, 62), note(0, 20, 64, 64, 1)));
    EXPECT_EQ(file.oddities.text(), "1 note without end");
  }
}

// Instruments.

FileBytes two_programs(int first, int second) {
  return smf(Track()
                 .program(0, first)
                 .program(0, second, 1)
                 .on(0, 60)
                 .on(0, 62, 64, 1)
                 .sustain(0, 127, 1)
                 .off(10, 60)
                 .off(0, 62, 1)
                 .sustain(10, 0, 1)
                 .end());
}

TEST(SmfReader, KeepsThePianoAmongOtherInstruments) {
  const auto file = read(two_programs(1, 40));
  EXPECT_THAT(file.performance.notes, ElementsAre(note(0, 10, 60)));
  EXPECT_THAT(file.performance.pedals, IsEmpty());
  EXPECT_EQ(file.oddities.text(), "1 note of another instrument left out");
}

TEST(SmfReader, KeepsAllProgramsOnDemand) {
  EXPECT_THAT(notes_of(two_programs(1, 40), {.programs = Programs::all}),
              ElementsAre(note(0, 10, 60), held(note(0, 20, 62, 64, 1), 10)));
}

TEST(SmfReader, TakesTheOneInstrumentOfAFileAsPiano) {
  const auto file = read(two_programs(19, 19));
  EXPECT_EQ(file.performance.notes.size(), 2U);
  EXPECT_EQ(file.oddities.text(), "no piano program, its one instrument taken as piano");
}

TEST(SmfReader, TakesNoneOfSeveralInstrumentsWithoutAPiano) {
  const auto file = read(two_programs(40, 41));
  EXPECT_THAT(file.performance.notes, IsEmpty());
  EXPECT_EQ(file.oddities.text(), "2 notes of other instruments left out");
}

TEST(SmfReader, TellsTracksOnOneChannelApartByTheirPrograms) {
  const Track piano = Track().program(0, 0).on(0, 60).off(10, 60).end();
  const Track violin = Track().program(0, 40).on(0, 72).off(10, 72).end();
  EXPECT_THAT(notes_of(smf(1, {piano, violin})), ElementsAre(note(0, 10, 60)));
}

TEST(SmfReader, TakesTheProgramOfTheChannelWhereATrackChoosesNone) {
  const Track setup = Track().program(0, 40).program(0, 0, 1).program(50, 0).end();
  const Track violin_then_piano = Track().on(0, 72).off(10, 72).on(40, 74).off(10, 74).end();
  EXPECT_THAT(notes_of(smf(1, {setup, violin_then_piano})), ElementsAre(note(50, 10, 74)));
}

Track named(std::string_view name) {
  Track track;
  track.event(0, {0xFF, 0x03, static_cast<int>(name.size())}).text(name);
  return track;
}

TEST(SmfReader, SaysWhichTrackANoteIsOfAndItsName) {
  const Track tempo = named("conductor").tempo(0, 500'000).end();
  const Track melody = named("MELODY").event(0, {0xFF, 0x03, 5}).text("later").on(0, 60).off(9, 60);
  const Track piano = Track().on(5, 40).off(10, 40);
  for (const int format : {1, 2}) {
    const auto performance = read(smf(format, {tempo, melody, piano})).performance;
    EXPECT_THAT(performance.track_names, ElementsAre("conductor", "MELODY", ""));
    ASSERT_EQ(performance.notes.size(), 2U);
    EXPECT_EQ(performance.notes[0].track, 1);
    EXPECT_EQ(performance.notes[1].track, 2);
  }
}

TEST(SmfReader, MergesThePitchesOfTracksUnlessAskedNotTo) {
  const auto file =
      smf(1, {Track().on(0, 60).off(50, 60).end(), Track().on(10, 60).off(10, 60).end()});
  EXPECT_THAT(notes_of(file), ElementsAre(note(0, 10, 60), note(10, 10, 60)));
  EXPECT_THAT(notes_of(file, {.merge_tracks = false}),
              ElementsAre(note(0, 50, 60), note(10, 10, 60)));
  EXPECT_EQ(read(file).oddities.overlapping_notes, 1);
  EXPECT_EQ(read(file, {.merge_tracks = false}).oddities.overlapping_notes, 0);
}

TEST(SmfReader, LeavesOutTheDrumsOfChannel10) {
  const auto file = read(
      smf(Track().on(0, 36, 64, 9).on(0, 60).sustain(0, 127, 9).off(10, 36, 9).off(0, 60).end()),
      {.programs = Programs::all});
  EXPECT_THAT(file.performance.notes, ElementsAre(note(0, 10, 60)));
  EXPECT_THAT(file.performance.pedals, IsEmpty());
  EXPECT_EQ(file.oddities.text(), "1 drum note left out");
}

// Limits.

TEST(SmfReader, RefusesMoreNotesThanAllowed) {
  Track track;
  for (int i = 0; i < 10; ++i) track.on(0, 60).off(1, 60);
  track.end();
  EXPECT_EQ(read(smf(track), {.max_notes = 10}).performance.notes.size(), 10U);
  const auto refused = read_smf(smf(track), {.max_notes = 9});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "has more than 9 notes, the most that is allowed");
}

TEST(SmfReader, RefusesAFileLongerThanAllowed) {
  const auto bytes = smf(Track().on(0, 60).off(3'600'000, 60).end());
  EXPECT_EQ(read(bytes, {.max_length_us = 3'600'000'000}).performance.notes.size(), 1U);
  const auto refused = read_smf(bytes, {.max_length_us = 3'599'999'999});
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, testing::StartsWith("is longer than "));
}

TEST(SmfReader, RefusesTracksInSequenceThatAreTogetherLongerThanAllowed) {
  const Track hour = Track().on(0, 60).off(3'600'000, 60).end();
  EXPECT_TRUE(read_smf(smf(2, {hour, hour}), {.max_length_us = 7'200'000'000}).has_value());
  EXPECT_FALSE(read_smf(smf(2, {hour, hour}), {.max_length_us = 7'199'999'999}).has_value());
}

TEST(SmfReader, LimitsTheLengthOfTheNotesOnly) {
  const auto bytes = smf(Track()
                             .on(0, 60)
                             .off(500, 60)
                             .sustain(3'600'000, 127)
                             .control(3'600'000, 7, 1)
                             .tempo(3'600'000, 1)
                             .end(3'600'000));
  const auto file = read(bytes, {.max_length_us = 3'600'000'000});
  EXPECT_THAT(file.performance.notes, ElementsAre(note(0, 500, 60)));
  EXPECT_THAT(file.performance.pedals, IsEmpty());
  EXPECT_EQ(file.performance.length_us(), 500'000);
}

TEST(SmfReader, RefusesNotesBeyondTheLimitInManySteps) {
  Track track;
  for (int hour = 0; hour < 26; ++hour) track.on(3'500'000, 60).off(100'000, 60);
  EXPECT_FALSE(read_smf(smf(track.end())).has_value());
}

// Ports.

TEST(SmfReader, GivesEachPortItsOwnPedals) {
  const auto file =
      read(smf(1, {Track().port(0, 0).on(0, 60).off(10, 60).end(),
                   Track().port(0, 1).sustain(0, 127).on(0, 40).off(10, 40).sustain(90, 0).end()}));
  EXPECT_THAT(file.performance.notes,
              ElementsAre(held(note(0, 100, 40, 64, 1), 10), note(0, 10, 60)));
  EXPECT_THAT(file.performance.pedals, ElementsAre(Pedal{0, 100'000, Pedal::Kind::sustain, 1}));
}

TEST(SmfReader, KeepsTheChannelOfAnotherPortIfItIsFree) {
  const auto file = read(smf(1, {Track().port(0, 0).on(0, 60).off(10, 60).end(),
                                 Track().port(0, 1).on(0, 40, 64, 5).off(10, 40, 5).end(),
                                 Track().port(0, 2).on(0, 50, 64, 5).off(10, 50, 5).end()}));
  EXPECT_THAT(file.performance.notes,
              ElementsAre(note(0, 10, 40, 64, 5), note(0, 10, 50, 64, 1), note(0, 10, 60)));
}

TEST(SmfReader, ReadsMorePortsThanThereAreChannels) {
  Track track;
  for (int port = 0; port < 40; ++port) track.port(0, port).on(0, 40 + port).off(10, 40 + port);
  const auto file = read(smf(track.end()));
  EXPECT_EQ(file.performance.notes.size(), 40U);
  EXPECT_EQ(file.oddities.text(), "");
}

}  // namespace
}  // namespace pno::midi
