#include "corpus/examples/control_plan.h"

#include <gtest/gtest.h>

#include <cmath>

#include "corpus/examples/test_examples.h"

namespace pno::corpus {
namespace {

using events::kPerformancePlus;

ExampleCrop random_crop(std::uint64_t seed) {
  static const auto dataset = dataset_of(random_pieces(3, 800));
  RandomStream random(seed, 1);
  const CropPlace place{.dataset = &dataset, .piece = seed % 3, .transpose = 2, .stretch = 1.04};
  return draw_example_crop(place, Task::plain, 2000, kPerformancePlus, random);
}

// The values by the definitions of docs/design.md, note by note.
ControlValues slow_values(const std::vector<GridEvent>& events, std::size_t first, std::size_t end,
                          int from, int until) {
  double onsets = 0, velocities = 0, note_steps = 0;
  for (std::size_t i = 0; i < end; ++i) {
    if (!events[i].is_on) continue;
    int note_end = events.back().step;
    for (std::size_t j = i + 1; j < events.size(); ++j) {
      if (events[j].pitch != events[i].pitch) continue;
      note_end = events[j].step;
      break;
    }
    note_steps += std::max(0, std::min(note_end, until) - std::max(events[i].step, from));
    if (i < first) continue;
    ++onsets;
    velocities += events[i].velocity;
  }
  const double seconds = (until - from) / 100.0;
  return {7,
          2,
          -1,
          events::density_bin(onsets / seconds),
          onsets > 0 ? events::loudness_bin(velocities / onsets) : -1,
          events::polyphony_bin(note_steps / 100 / seconds)};
}

TEST(ControlPlan, ValuesAreOfTheMusicUpToTheNextPlace) {
  int places = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto crop = random_crop(seed);
    const auto& events = crop.events;
    RandomStream random(seed, 2);
    const auto plan =
        plan_controls({.events = events, .piece = {7, 2}}, {.drop_all = 0, .drop_each = 0}, random);
    ASSERT_FALSE(plan.empty());
    EXPECT_EQ(plan.front().event, 0U);
    for (std::size_t i = 0; i < plan.size(); ++i) {
      const bool is_last = i + 1 == plan.size();
      const auto end = is_last ? events.size() : plan[i + 1].event;
      const int from = i == 0 ? 0 : events[plan[i].event].step;
      const int until = is_last ? events.back().step : events[end].step;
      auto values = plan[i].values;
      EXPECT_EQ(values[2], plan.front().values[2]) << "KEY is of the crop";
      values[2] = -1;
      if (until > from) {
        EXPECT_EQ(values, slow_values(events, plan[i].event, end, from, until)) << seed << " " << i;
      }
      if (i > 0) {
        EXPECT_LT(events[plan[i].event - 1].step, from) << "before the first event of a step";
        EXPECT_GE(from - events[plan[i - 1].event].step, 200);
      }
      ++places;
    }
  }
  EXPECT_GT(places, 40);
}

TEST(ControlPlan, DropsAllInAFifthOfTheExamplesAndEachWithThreeInTen) {
  const auto crop = random_crop(1);
  int without = 0, values = 0, missing = 0;
  constexpr int kDraws = 2000;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    RandomStream random(3, i);
    const auto plan = plan_controls({.events = crop.events, .piece = {7, 2}}, {}, random);
    without += plan.empty();
    for (const auto& place : plan) {
      values += 2;  // those of the piece are known at every place
      missing += (place.values[0] < 0) + (place.values[1] < 0);
    }
  }
  EXPECT_NEAR(without, 0.2 * kDraws, 5 * std::sqrt(kDraws * 0.16));
  EXPECT_NEAR(missing, 0.3 * values, 5 * std::sqrt(values * 0.21));
}

TEST(ControlPlan, OnlyNotesOfTheModelCountIfAMelodyIsGiven) {
  const std::vector<GridEvent> events = {
      {.step = 0, .pitch = 40, .velocity = 30, .is_on = true},
      {.step = 0, .pitch = 80, .velocity = 120, .is_on = true, .is_melody = true},
      {.step = 100, .pitch = 40},
      {.step = 100, .pitch = 80, .is_melody = true}};
  const ControlOptions keep = {.drop_all = 0, .drop_each = 0};
  RandomStream random(1, 1);
  const auto all = plan_controls({.events = events}, keep, random);
  const auto played = plan_controls({.events = events, .melody_is_given = true}, keep, random);
  EXPECT_EQ(all.front().values, (ControlValues{-1, -1, all.front().values[2], 2, 5, 1}));
  EXPECT_EQ(played.front().values, (ControlValues{-1, -1, played.front().values[2], 1, 0, 0}));
}

TEST(ControlPlan, WithoutOnsetsOrTimeValuesAreMissing) {
  EXPECT_EQ(control_values({}, {}, {}, 100), kNoControls);
  MusicSums silence{.steps = 100};
  EXPECT_EQ(control_values({}, silence, silence, 100), (ControlValues{-1, -1, -1, 0, -1, 0}));
}

}  // namespace
}  // namespace pno::corpus
