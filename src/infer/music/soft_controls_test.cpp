#include "infer/music/soft_controls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "infer/music/log_mass.h"

namespace pno::infer {
namespace {

using events::kPerformance;
using testing::HasSubstr;

const std::vector<Fault> kNoFaults(static_cast<std::size_t>(kPerformance.outputs()), Fault::none);

std::vector<float> wavy_logits() {
  std::vector<float> logits(kNoFaults.size());
  for (std::size_t i = 0; i < logits.size(); ++i) {
    logits[i] = static_cast<float>(2 * std::sin(static_cast<double>(i)));
  }
  return logits;
}

TEST(SoftControls, HaveNoEffectByDefault) {
  auto logits = wavy_logits();
  const SoftControls controls(kPerformance, {});
  controls.apply(logits, kNoFaults);
  EXPECT_EQ(logits, wavy_logits());
}

TEST(SoftControls, KeyFavoursItsPitches) {
  std::vector<float> logits(kNoFaults.size(), 0);
  const SoftControls controls(kPerformance, {.key = Key{0, false}, .key_strength = 4});
  controls.apply(logits, kNoFaults);
  EXPECT_NEAR(logits[60] - logits[61], 4, 1e-5) << "C to C#";
  EXPECT_NEAR(logits[60] - logits[62], 1, 1e-5) << "C to D";
  EXPECT_NEAR(logits[60], logits[67], 1e-5) << "C to G";
  EXPECT_EQ(logits[kPerformance.note_off(61)], 0);
}

TEST(SoftControls, RepetitionPenaltyLowersRepeatedPitches) {
  SoftControls controls(kPerformance, {.repetition_penalty = 0.5});
  for (const int pitch : {60, 64, 67, 60, 64}) controls.read(kPerformance.note_on(pitch));
  std::vector<float> logits(kNoFaults.size(), 0);
  controls.apply(logits, kNoFaults);
  EXPECT_NEAR(logits[66] - logits[67], 2 * 0.5, 1e-5);
  EXPECT_NEAR(logits[66], logits[60], 1e-5);
}

// They change which notes come, not how many.
TEST(SoftControls, KeepTheProbabilityOfANoteOn) {
  SoftControls controls(kPerformance, {.key = Key{6, true}, .repetition_penalty = 1});
  for (const int pitch : {60, 64, 67, 60, 64}) controls.read(kPerformance.note_on(pitch));
  auto faults = kNoFaults;
  for (std::size_t pitch = 60; pitch < 66; ++pitch) faults[pitch] = Fault::restrike;
  auto logits = wavy_logits();
  controls.apply(logits, faults);
  const auto mass = [&](const std::vector<float>& of) {
    return log_mass(std::span(of).first(128), std::span<const Fault>(faults).first(128));
  };
  EXPECT_NEAR(mass(logits), mass(wavy_logits()), 1e-5);
  for (std::size_t i = 128; i < logits.size(); ++i) EXPECT_EQ(logits[i], wavy_logits()[i]);
}

TEST(SoftControls, AcceptLogitsThatAreNotFinite) {
  SoftControls controls(kPerformance,
                        {.key = Key{0, false}, .density = 5, .repetition_penalty = 1});
  controls.read(kPerformance.time_shift(100));
  std::vector<float> logits(kNoFaults.size(), -HUGE_VALF);
  logits[60] = 1;
  controls.apply(logits, kNoFaults);
  EXPECT_TRUE(std::isfinite(logits[60]));
  EXPECT_EQ(logits[61], -HUGE_VALF);
  EXPECT_EQ(logits[kPerformance.time_shift(5)], -HUGE_VALF);
}

TEST(SoftControlOptions, OutOfRangeIsAUsageError) {
  const std::vector<std::pair<SoftControlOptions, std::string>> cases = {
      {{.key_strength = -1}, "key_strength is -1"},
      {{.density = std::nan("")}, "density is nan"},
      {{.density = 1000}, "density is 1000"},
      {{.repetition_penalty = -0.1}, "repetition_penalty is -0.1"},
      {{.repetition_window = 0}, "repetition_window is 0"}};
  for (const auto& [options, message] : cases) {
    const auto valid = options.validate();
    ASSERT_FALSE(valid.has_value()) << message;
    EXPECT_THAT(valid.error().message, HasSubstr(message));
    EXPECT_EQ(valid.error().kind, Error::Kind::usage);
  }
}

}  // namespace
}  // namespace pno::infer
