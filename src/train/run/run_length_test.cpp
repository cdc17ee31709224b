#include "train/run/run_length.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pno::train {
namespace {

using testing::HasSubstr;

TEST(RunLength, IsTheShorterOfStepsAndEpochs) {
  constexpr int kLength = 100;
  constexpr std::int64_t kEpochTokens = 4001;  // of 400 a step: eleven steps
  TrainConfig config{.steps = 100, .batch = 4};
  EXPECT_EQ(run_length(config, kEpochTokens, kLength).steps, 100);
  config.epochs = 1;
  EXPECT_EQ(run_length(config, kEpochTokens, kLength).steps, 11);
  EXPECT_EQ(run_length(config, kEpochTokens, kLength).ending, Ending::epochs);
  config.epochs = 2.5;
  EXPECT_EQ(run_length(config, kEpochTokens, kLength).steps, 26);
  config.steps = 0;
  EXPECT_EQ(run_length(config, kEpochTokens, kLength).steps, 26);
  config.steps = 5;
  EXPECT_EQ(run_length(config, kEpochTokens, kLength).steps, 5);
  EXPECT_EQ(run_length(config, kEpochTokens, kLength).ending, Ending::steps);
}

TEST(RunLength, TokensOfAStepBecomeCrops) {
  constexpr int kLength = 512;
  TrainConfig config{.batch = 3, .batch_tokens = 4096};
  EXPECT_EQ(with_rows(config, kLength)->batch, 8);
  config.batch_tokens = 5000;
  EXPECT_EQ(with_rows(config, kLength)->batch, 9);
  config.batch_tokens = 0;
  EXPECT_EQ(with_rows(config, kLength)->batch, 3);
  config.batch_tokens = 100;
  EXPECT_THAT(with_rows(config, kLength).error().message, HasSubstr("one crop of 512 tokens"));
  config.batch_tokens = 1024;
  config.accumulate = 4;
  EXPECT_THAT(with_rows(config, kLength).error().message, HasSubstr("accumulate is 4"));
}

TEST(RunLength, ACosineNeedsAnEnd) {
  TrainConfig config{.steps = 0};
  EXPECT_THAT(config.validate().error().message, HasSubstr("cosine"));
  config.epochs = 1;
  EXPECT_TRUE(config.validate());
  config = {.steps = 0, .schedule = Schedule::constant};
  EXPECT_TRUE(config.validate());
}

}  // namespace
}  // namespace pno::train
