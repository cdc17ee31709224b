#include "live/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pno::live {
namespace {

using testing::ElementsAre;
using Kind = PlannedEvent::Kind;

constexpr auto kV = events::kPerformance;

// "on 60 at 0", … of all events that wait; takes them.
std::vector<std::string> taken(Answer& answer) {
  std::vector<std::string> texts;
  for (; answer.next() != nullptr; answer.take()) {
    const auto& event = *answer.next();
    const char* name = event.kind == Kind::note_on    ? "on"
                       : event.kind == Kind::note_off ? "off"
                       : event.kind == Kind::begin    ? "begin"
                                                      : "end";
    texts.push_back(fmt::format("{} {} at {}", name, event.pitch, event.due_us / 1000));
  }
  return texts;
}

TEST(Answer, TokensAreEventsAtTheirTimes) {
  Answer answer(kV, /*turn_s=*/8, /*bin=*/-1);
  EXPECT_EQ(answer.next_draw(), Draw::first);
  answer.add(kV.velocity(20));
  answer.add(kV.note_on(60));
  EXPECT_EQ(answer.next_draw(), Draw::any);
  answer.add(kV.time_shift(25));
  answer.add(kV.note_off(60));
  EXPECT_EQ(answer.next()->velocity, kV.bin_velocity(20));
  answer.open({.kind = Kind::begin});
  EXPECT_EQ(answer.length_us(), 250'000);
  EXPECT_THAT(taken(answer), ElementsAre("begin 0 at 0", "on 60 at 0", "off 60 at 250"));
  EXPECT_FALSE(answer.is_complete());
}

TEST(Answer, WithoutAVelocityItHasThatBeforeIt) {
  Answer after(kV, /*turn_s=*/8, /*bin=*/5), first(kV, /*turn_s=*/8, /*bin=*/-1);
  after.add(kV.note_on(60));
  first.add(kV.note_on(60));
  EXPECT_EQ(after.next()->velocity, kV.bin_velocity(5));
  EXPECT_EQ(first.next()->velocity, kV.bin_velocity(kV.velocity_bins / 2));
}

TEST(Answer, EndsWhenItsTurnIsOverAndItsNotesHaveEnded) {
  Answer answer(kV, /*turn_s=*/0.5, /*bin=*/5);
  answer.add(kV.note_on(60));
  answer.add(kV.time_shift(50));
  EXPECT_EQ(answer.next_draw(), Draw::ending);
  EXPECT_FALSE(answer.is_complete());
  answer.add(kV.note_off(60));
  answer.add(kV.time_shift(1));
  EXPECT_TRUE(answer.is_complete());
  EXPECT_THAT(taken(answer), ElementsAre("on 60 at 0", "off 60 at 500", "end 0 at 510"));
}

TEST(Answer, NotesThatTheModelDoesNotEndAreEndedAfterAWhile) {
  Answer answer(kV, /*turn_s=*/0.5, /*bin=*/5);
  answer.add(kV.note_on(60));
  for (int i = 0; i < 3 && !answer.is_complete(); ++i) answer.add(kV.time_shift(100));
  EXPECT_TRUE(answer.is_complete());
  EXPECT_THAT(taken(answer), ElementsAre("on 60 at 0", "off 60 at 3000", "end 0 at 3000"));
}

TEST(Answer, EndOfThePieceEndsIt) {
  Answer answer(kV, /*turn_s=*/8, /*bin=*/5);
  answer.add(kV.note_on(60));
  answer.add(kV.eos());
  EXPECT_TRUE(answer.is_complete());
  EXPECT_THAT(taken(answer), ElementsAre("on 60 at 0", "off 60 at 0", "end 0 at 0"));
}

}  // namespace
}  // namespace pno::live
