#include "infer/music/density_control.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/allocation_count.h"
#include "infer/music/log_mass.h"
#include "infer/music/music_sampler.h"

namespace pno::infer {
namespace {

using events::kPerformance;
using events::Vocabulary;

const std::vector<Fault> kNoFaults(static_cast<std::size_t>(kPerformance.outputs()), Fault::none);

std::vector<float> biases(const DensityControl& control) {
  std::vector<float> logits(static_cast<std::size_t>(kPerformance.outputs()), 0);
  control.apply(logits, kNoFaults);
  return logits;
}

// After ten seconds with `notes_per_s` notes in each.
DensityControl after(double target, int notes_per_s) {
  DensityControl control(kPerformance, target);
  for (int second = 0; second < 10; ++second) {
    for (int i = 0; i < notes_per_s; ++i) control.read(kPerformance.note_on(60));
    control.read(kPerformance.time_shift(100));
  }
  return control;
}

TEST(DensityControl, MeasuresTheLastSeconds) {
  // Right after a second, the notes of the window have decayed a little.
  EXPECT_NEAR(after(10, 10).notes_per_s(), 9, 1.5);
  EXPECT_NEAR(after(10, 40).notes_per_s(), 36, 6);
}

TEST(DensityControl, StartsWithoutABias) {
  const DensityControl control(kPerformance, 5);
  for (const float bias : biases(control)) EXPECT_NEAR(bias, 0, 1e-6);
}

TEST(DensityControl, TooFewNotesMakeNotesMoreLikelyAndShiftsShorter) {
  const auto bias = biases(after(20, 2));
  EXPECT_GT(bias[kPerformance.note_on(60)], 0.1);
  EXPECT_GT(bias[kPerformance.velocity(3)], 0.1);
  EXPECT_GT(bias[kPerformance.time_shift(1)], bias[kPerformance.time_shift(50)]);
  EXPECT_EQ(bias[kPerformance.note_off(60)], 0);
}

TEST(DensityControl, TooManyNotesDoTheReverse) {
  const auto bias = biases(after(2, 20));
  EXPECT_LT(bias[kPerformance.note_on(60)], -0.1);
  EXPECT_LT(bias[kPerformance.time_shift(1)], bias[kPerformance.time_shift(50)]);
}

TEST(DensityControl, KeepsTheProbabilityOfAllShiftsTogether) {
  std::vector<Fault> faults;
  for (std::size_t i = 0; i < kNoFaults.size(); ++i) {
    faults.push_back(i >= kPerformance.time_shift(31) ? Fault::long_note : Fault::none);
  }
  std::vector<float> logits(faults.size());
  for (std::size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(std::sin(i));
  const auto mass = [&] {
    const auto first = kPerformance.time_shift(1);
    return log_mass(std::span<const float>(logits).subspan(first, 100),
                    std::span<const Fault>(faults).subspan(first, 100));
  };
  const double before = mass();
  after(20, 2).apply(logits, faults);
  EXPECT_NEAR(mass(), before, 1e-5);
}

// Stands in for a model: every second event is a note, shifts are 100 ms on average: 10 notes/s.
TEST(DensityControl, ReachesTheRequestedRate) {
  for (const double target : {3.0, 10.0, 25.0}) {
    const DrawOptions options{.controls = {.density = target}};
    MusicSampler sampler(kPerformance, options, 1);
    std::vector<float> logits(static_cast<std::size_t>(kPerformance.outputs()), -4);
    for (int steps = 1; steps <= 100; ++steps) {
      logits[kPerformance.time_shift(steps)] = static_cast<float>(-std::abs(std::log(steps / 10.)));
    }
    std::int64_t notes = 0;
    const auto second = [&] { return sampler.state().step() / kPerformance.steps_per_second; };
    while (second() < 320) {
      const auto token = sampler.draw(logits);
      ASSERT_TRUE(token.has_value());
      const bool is_note = kPerformance.event(*token).kind == events::Kind::note_on;
      if (second() >= 20 && is_note) ++notes;
      sampler.read(*token);
    }
    EXPECT_NEAR(static_cast<double>(notes) / 300, target, 0.2 * target);
  }
}

TEST(DensityControl, DoesNotAllocate) {
  DensityControl control(kPerformance, 5);
  std::vector<float> logits(kNoFaults.size());
  const auto before = allocation_count();
  for (int i = 0; i < 100; ++i) {
    control.read(kPerformance.note_on(60));
    control.read(kPerformance.time_shift(30));
    control.apply(logits, kNoFaults);
  }
  EXPECT_EQ(allocation_count(), before);
}

}  // namespace
}  // namespace pno::infer
