#include "sound/schedule.h"

#include <gtest/gtest.h>

namespace pno::sound {
namespace {

using Kind = Movement::Kind;

std::vector<Kind> kinds(const std::vector<Movement>& movements) {
  std::vector<Kind> result;
  for (const auto& movement : movements) result.push_back(movement.kind);
  return result;
}

TEST(Schedule, ReleasesAKeyAtItsKeyLength) {
  midi::Performance performance;
  performance.notes = {{.start_us = 1000, .length_us = 9000, .key_length_us = 2000, .pitch = 60}};
  const auto result = movements(performance);
  ASSERT_EQ(result.size(), 2U);
  EXPECT_EQ(result[0].time_us, 1000);
  EXPECT_EQ(result[1].time_us, 3000);
  EXPECT_EQ(result[1].kind, Kind::key_up);
}

TEST(Schedule, ReleasesAKeyBeforeItIsStruckAgain) {
  midi::Performance performance;
  performance.notes = {
      {.start_us = 0, .length_us = 500, .key_length_us = 500, .pitch = 60, .velocity = 64},
      {.start_us = 500, .length_us = 500, .key_length_us = 500, .pitch = 60, .velocity = 64}};
  EXPECT_EQ(kinds(movements(performance)),
            (std::vector{Kind::key_down, Kind::key_up, Kind::key_down, Kind::key_up}));
}

TEST(Schedule, LiftsAPedalBeforeItGoesDownAgain) {
  midi::Performance performance;
  performance.pedals = {{.start_us = 0, .end_us = 500}, {.start_us = 500, .end_us = 900}};
  EXPECT_EQ(kinds(movements(performance)),
            (std::vector{Kind::pedal_down, Kind::pedal_up, Kind::pedal_down, Kind::pedal_up}));
}

TEST(Schedule, KeepsChannelsAndKindsOfPedal) {
  midi::Performance performance;
  performance.pedals = {
      {.start_us = 0, .end_us = 9, .kind = midi::Pedal::Kind::sostenuto, .channel = 3}};
  for (const auto& movement : movements(performance)) {
    EXPECT_EQ(movement.pedal, midi::Pedal::Kind::sostenuto);
    EXPECT_EQ(movement.channel, 3);
  }
}

}  // namespace
}  // namespace pno::sound
