#include "cli/training_log.h"

#include <gtest/gtest.h>

namespace pno::cli {
namespace {

TEST(TrainingLog, LineHasStepLossRateSpeedAndTimeLeft) {
  EXPECT_EQ(training_line({.step = 1200,
                           .steps = 3000,
                           .train_nll = 2.6449,
                           .learning_rate = 1.5e-3,
                           .tokens_per_s = 8593,
                           .validation_nll = 2.701,
                           .seconds_left = 752}),
            "1200/3000  loss 2.645  val 2.701  lr 1.5e-03  8.6k tok/s  12:32 left");
  EXPECT_EQ(training_line({.step = 7, .learning_rate = 1e-3, .tokens_per_s = 830}),
            "step 7  lr 1.0e-03  830 tok/s");
}

TEST(TrainingLog, LineFitsIn80Columns) {
  const auto longest = training_line({.step = 1'000'000,
                                      .steps = 1'000'000,
                                      .train_nll = 12.3456,
                                      .learning_rate = 9.99e-12,
                                      .tokens_per_s = 999'499,
                                      .validation_nll = 12.3456,
                                      .seconds_left = 359'999});
  EXPECT_LE(longest.size(), 80U) << longest;
}

}  // namespace
}  // namespace pno::cli
