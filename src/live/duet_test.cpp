#include "live/duet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/fields.h"
#include "base/random.h"
#include "events/decode.h"
#include "events/grammar.h"
#include "live/test_room.h"

namespace pno::live {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kMs = 1000;

// A person who plays one note of 100 ms; returns the time of its end.
std::int64_t play_note(TestRoom& room, int pitch = 60) {
  room.press(pitch);
  room.wait_ms(100);
  room.release(pitch);
  return room.now_us;
}

TEST(Duet, AnswersAfterThePause) {
  TestRoom room({.pause_s = 1});
  const auto end_us = play_note(room);
  room.wait_ms(999);
  EXPECT_FALSE(room.is_answering());
  room.wait_ms(1);
  EXPECT_TRUE(room.is_answering());
  room.wait_ms(1000);
  EXPECT_THAT(room.port.strikes(72), ElementsAre(end_us + 1000 * kMs));
  EXPECT_THAT(room.port.strikes(74), ElementsAre(end_us + 1200 * kMs));
  EXPECT_THAT(room.port.strikes(76), ElementsAre(end_us + 1400 * kMs));
}

TEST(Duet, AnswersSoonerIfTheMusicRests) {
  TestRoom room({.pause_s = 1});
  room.pianist.rest_now = 1;
  const auto end_us = play_note(room);
  room.wait_ms(600);
  EXPECT_THAT(room.port.strikes(72), ElementsAre(end_us + 400 * kMs));
}

// The pause that is shorter at rest may be over before the pedal rises. That is not a delay.
TEST(Duet, PedalThatEndsThePauseGivesTheTurnThen) {
  TestRoom room({.pause_s = 1});
  room.control(kSustainController, 127);
  play_note(room);
  room.wait_ms(700);
  ASSERT_FALSE(room.is_answering());
  room.pianist.rest_now = 1;
  const auto up_us = room.now_us;
  room.control(kSustainController, 0);
  room.wait_ms(20);
  ASSERT_TRUE(room.is_answering());
  ASSERT_THAT(room.turns_asked_us, SizeIs(1));
  EXPECT_GE(room.turns_asked_us.front(), up_us);
  EXPECT_LE(room.turns_asked_us.front(), up_us + 10 * kMs);
}

// A pianist whose answers begin with a chord.
TEST(Duet, ChordAtTheBeginningSoundsTogether) {
  TestRoom room;
  room.pianist.opening = {events::kPerformance.note_on(50), events::kPerformance.note_on(55),
                          events::kPerformance.note_on(59)};
  room.duet.take_over(room.now_us);
  while (!room.is_answering()) ASSERT_TRUE(room.duet.think(room.now_us));
  room.now_us += 1;
  room.port.now_us = room.now_us;
  room.player.play(room.now_us);
  EXPECT_EQ(room.port.sounding[50] + room.port.sounding[55] + room.port.sounding[59], 3);
}

TEST(Duet, DrawsTheAnswerBeforeItsTurn) {
  TestRoom room({.pause_s = 1});
  play_note(room);
  room.wait_ms(50);
  const int begun = room.pianist.answers_begun;
  EXPECT_GT(begun, 0);
  EXPECT_GT(room.duet.tokens_drawn(), 0);
  const auto drawn = room.duet.tokens_drawn();
  room.wait_ms(300);
  EXPECT_EQ(room.duet.tokens_drawn(), drawn) << "only a beginning, while the person may continue";
  room.wait_ms(200);
  EXPECT_GT(room.duet.tokens_drawn(), drawn);
  play_note(room);
  EXPECT_TRUE(room.port.strikes(72).empty()) << "the answer is thrown away";
  room.wait_ms(50);
  EXPECT_GT(room.pianist.answers_begun, begun);
}

TEST(Duet, PedalGivesTheTurnAtOnceAndIsNotSent) {
  TestRoom room;
  room.press(60);
  room.wait_ms(30);
  room.control(kSoftController, 127);
  EXPECT_TRUE(room.is_answering());
  EXPECT_THAT(room.port.strikes(72), ElementsAre(room.now_us));
  for (const auto& message : room.port.sent) EXPECT_FALSE(message.is_control(kSoftController));
}

TEST(Duet, ChosenKeyGivesTheTurnAndDoesNotSound) {
  TestRoom room({.takeover_pitch = 21}, {.takeover_pitch = 21});
  room.press(60);
  room.wait_ms(30);
  room.press(21);
  EXPECT_THAT(room.port.strikes(72), ElementsAre(room.now_us));
  EXPECT_THAT(room.port.strikes(21), IsEmpty());
  room.release(21);
  EXPECT_TRUE(room.is_answering());
}

TEST(Duet, ComputerKeyGivesTheTurnBeforeAnythingWasPlayed) {
  TestRoom room;
  room.duet.take_over(room.now_us);
  room.run();
  EXPECT_THAT(room.port.strikes(72), ElementsAre(room.now_us));
}

TEST(Duet, ControllersAreWishesAndAreNotSent) {
  DuetOptions options{.pause_s = 1};
  ASSERT_TRUE(options.controls.add_list("density=20"));
  PlayerOptions player;
  player.kept_controllers.set(20);
  TestRoom room(options, player);
  play_note(room);
  room.wait_ms(50);
  const int begun = room.pianist.answers_begun;
  room.control(20, 127);
  room.control(20, 0);
  room.control(22, 5);
  EXPECT_THAT(room.pianist.wishes,
              ElementsAre(std::pair(Wish::density, 20.0), std::pair(Wish::density, 1.0)));
  room.wait_ms(50);
  EXPECT_GT(room.pianist.answers_begun, begun) << "the answer is drawn again";
  std::vector<int> sent;
  for (const auto& message : room.port.sent) {
    if (message.is_control()) sent.push_back(message.bytes[1]);
  }
  EXPECT_THAT(sent, ElementsAre(22));
}

TEST(Duet, WishDuringAnAnswerKeepsIt) {
  DuetOptions options{.pause_s = 0.5};
  ASSERT_TRUE(options.controls.add_list("temperature=20"));
  TestRoom room(options);
  play_note(room);
  room.wait_ms(700);
  ASSERT_TRUE(room.is_answering());
  const int begun = room.pianist.answers_begun;
  room.control(20, 127);
  room.wait_ms(500);
  EXPECT_TRUE(room.is_answering());
  EXPECT_EQ(room.pianist.answers_begun, begun);
  EXPECT_EQ(room.pianist.wishes.size(), 1U);
}

TEST(Duet, DoesNotAnswerItself) {
  TestRoom room({.pause_s = 0.5, .turn_s = 1});
  play_note(room);
  room.wait_ms(20'000);
  EXPECT_EQ(room.duet.turns(), 1U);
  EXPECT_FALSE(room.is_answering());
}

TEST(Duet, TurnIsBounded) {
  TestRoom room({.pause_s = 0.5, .turn_s = 2});
  play_note(room);
  room.wait_ms(500);
  ASSERT_TRUE(room.is_answering());
  room.wait_ms(2500);
  EXPECT_FALSE(room.is_answering());
  EXPECT_EQ(room.port.sounding_notes(), 0);
}

TEST(Duet, NoteOnInterruptsAtOnce) {
  TestRoom room({.pause_s = 0.5});
  play_note(room);
  room.wait_ms(1000);
  ASSERT_TRUE(room.is_answering());
  ASSERT_EQ(room.port.sounding_notes(), 1);
  room.press(48);
  EXPECT_FALSE(room.is_answering());
  EXPECT_EQ(room.port.sounding_notes(), 1);
  EXPECT_EQ(room.port.sounding[48], 1);
  const auto strikes = room.port.sent.size();
  room.wait_ms(400);
  EXPECT_THAT(room.port.sent, SizeIs(strikes)) << "the rest of the answer is dropped";
}

TEST(Duet, NoteOffAndPedalDoNotInterrupt) {
  TestRoom room({.pause_s = 0.5});
  room.press(48);
  room.wait_ms(600);
  ASSERT_TRUE(room.is_answering());
  room.control(kSustainController, 127);
  room.release(48);
  room.control(kSustainController, 0);
  room.wait_ms(300);
  EXPECT_TRUE(room.is_answering());
  EXPECT_EQ(room.port.sounding[48], 0);
}

TEST(Duet, InterruptedDuetAnswersAgain) {
  TestRoom room({.pause_s = 0.5});
  play_note(room);
  room.wait_ms(700);
  play_note(room, 50);
  room.wait_ms(700);
  EXPECT_EQ(room.duet.turns(), 2U);
  EXPECT_TRUE(room.is_answering());
}

TEST(Duet, KeysHeldAtTheTakeoverSoundUntilReleased) {
  TestRoom room({.pause_s = 0.5});
  room.press(48);
  room.wait_ms(900);
  ASSERT_TRUE(room.is_answering());
  EXPECT_EQ(room.port.sounding[48], 1);
  room.release(48);
  EXPECT_EQ(room.port.sounding[48], 0);
}

TEST(Duet, ModelMayEndAKeyThatIsHeldAndTheLaterReleaseIsDropped) {
  TestRoom room({.pause_s = 0.5});
  room.press(72);  // the script strikes and ends it
  room.wait_ms(900);
  ASSERT_TRUE(room.is_answering());
  EXPECT_EQ(room.port.sounding[72], 0);
  const auto before = room.port.sent.size();
  room.release(72);
  EXPECT_THAT(room.port.sent, SizeIs(before));
}

TEST(Duet, PedalIsLiftedForTheAnswerAndReturnsAfterwards) {
  TestRoom room({.pause_s = 0.5, .turn_s = 0.5});
  room.control(kSustainController, 127);
  play_note(room);
  EXPECT_EQ(room.port.pedal, 127);
  room.wait_ms(600);
  ASSERT_TRUE(room.is_answering());
  EXPECT_EQ(room.port.pedal, 0);
  room.wait_ms(3000);
  EXPECT_FALSE(room.is_answering());
  EXPECT_EQ(room.port.pedal, 127);
}

TEST(Duet, AnswerIsDrawnAfterTheSilenceThatItWillFollow) {
  TestRoom room({.pause_s = 0.5});
  play_note(room);
  room.wait_ms(100);
  EXPECT_THAT(room.pianist.before_answer, ElementsAre(events::kPerformance.time_shift(50)));
}

TEST(Duet, PianistReadsWhatSoundedAndNothingElse) {
  TestRoom room({.pause_s = 0.5});
  play_note(room);
  room.wait_ms(1000);  // 72, 74, 76
  room.press(50);
  room.wait_ms(50);
  room.release(50);
  room.wait_ms(50);
  const auto decoded = events::decode(room.pianist.heard, events::kPerformance);
  EXPECT_EQ(decoded.mended.total(), 0);
  std::vector<int> pitches;
  for (const auto& note : decoded.performance.notes) pitches.push_back(note.pitch);
  EXPECT_THAT(pitches, ElementsAre(60, 72, 74, 76, 50));
  EXPECT_EQ(decoded.performance.notes[1].start_us, 600 * kMs);
  EXPECT_EQ(decoded.performance.notes[4].start_us, 1100 * kMs);
  EXPECT_EQ(decoded.performance.notes[3].end_us(), 1100 * kMs) << "cut by the interruption";
}

TEST(Duet, WhateverIsPlayedNoNoteHangsAndTheTokensAreValid) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    RandomStream random(seed, 1);
    TestRoom room({.pause_s = 0.3, .turn_s = 1});
    for (int i = 0; i < 300; ++i) {
      const int pitch = static_cast<int>(66 + random.below(16));
      switch (random.below(12)) {
        case 0:
          room.control(kSustainController, static_cast<int>(random.below(128)));
          break;
        case 1:
          room.control(kSoftController, static_cast<int>(random.below(128)));
          break;
        case 2:
          room.wait_ms(static_cast<int>(random.below(1500)));
          break;
        case 3:
          room.duet.take_over(room.now_us);
          break;
        case 4:
          room.control(kAllNotesOffController, 0);
          break;
        case 5:
        case 6:
        case 7:
          room.press(pitch);
          break;
        default:
          room.release(pitch);
      }
      room.wait_ms(static_cast<int>(random.below(40)));
    }
    room.control(kAllNotesOffController, 0);
    room.player.stop(room.now_us);
    room.run();
    room.wait_ms(100);
    EXPECT_EQ(room.port.sounding_notes(), 0) << seed;
    EXPECT_EQ(room.port.pedal, 0);
    events::Grammar grammar(events::kPerformance);
    for (const auto token : room.pianist.heard) {
      ASSERT_EQ(grammar.fault_of(token), events::Fault::none)
          << seed << ": " << enum_name(grammar.fault_of(token));
      grammar.read(token);
    }
    EXPECT_EQ(grammar.sounding_notes(), 0) << seed;
    EXPECT_GT(room.duet.turns(), 3U);
  }
}

TEST(Duet, RefusesAWishAtTheControllerOfTheTurn) {
  DuetOptions options;
  ASSERT_TRUE(options.controls.add_list("density=67"));
  const auto valid = options.validate();
  ASSERT_FALSE(valid);
  EXPECT_THAT(valid.error().message, testing::HasSubstr("controller 67 gives the turn"));
}

TEST(Duet, RefusesOptionsOutOfRange) {
  for (const DuetOptions& options :
       {DuetOptions{.pause_s = 0}, DuetOptions{.turn_s = 1e9}, DuetOptions{.ahead_s = 0},
        DuetOptions{.takeover_controller = 123}, DuetOptions{.takeover_pitch = 128}}) {
    const auto valid = options.validate();
    ASSERT_FALSE(valid);
    EXPECT_EQ(valid.error().kind, Error::Kind::usage);
  }
}

}  // namespace
}  // namespace pno::live
