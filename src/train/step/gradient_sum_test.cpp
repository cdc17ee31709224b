#include "train/step/gradient_sum.h"

#include <gtest/gtest.h>

#include "train/step/loss.h"

namespace pno::train {
namespace {

constexpr int V = 20;
constexpr std::int64_t kBucketBytes = 4096;

class GradientSumTest : public testing::Test {
 protected:
  GradientSumTest() {
    model_.initialize(1);
    batch_.length = 8;
    const std::vector<events::Token> tokens = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    batch_.add(tokens, tokens.size(), 0);
  }
  void pass_backward() const { cross_entropy(model_, batch_, {}, {}).objective.backward(); }

  MusicTransformer model_{{.layers = 3,
                           .heads = 2,
                           .width = 16,
                           .attention_width = 16,
                           .ff_width = 32,
                           .context = 8,
                           .max_distance = 8},
                          V,
                          torch::kCPU};
  Batch batch_;
  Ranks alone_;
};

TEST_F(GradientSumTest, AllBucketsStartDuringTheLastBackwardPass) {
  GradientSum sum(model_, alone_, kBucketBytes);
  EXPECT_GT(sum.buckets(), 5U);
  for (int step = 0; step < 2; ++step) {
    pass_backward();
    sum.expect_last_pass();
    pass_backward();
    const StepLosses own{.all = {.plain = {2.5, 8}, .grammar = {2.25, 8}}};
    EXPECT_EQ(sum.finish(own), own);
    EXPECT_EQ(sum.started_early(), sum.buckets());
  }
}

TEST_F(GradientSumTest, WithoutALastPassAllBucketsStartInFinish) {
  GradientSum sum(model_, alone_, kBucketBytes);
  sum.finish({});
  EXPECT_EQ(sum.started_early(), 0U);
  pass_backward();  // without expect_last_pass()
  sum.finish({});
  EXPECT_EQ(sum.started_early(), 0U);
}

TEST_F(GradientSumTest, FrozenParametersDoNotDelayBuckets) {
  const GradientSum whole(model_, alone_, kBucketBytes);
  for (const auto& parameter : model_.list()) {
    if (parameter.name == "embedding" || parameter.name.starts_with("layers.0")) {
      model_.parameter(parameter.name).requires_grad_(false);
    }
  }
  model_.parameter("layers.2.qkv.weight").requires_grad_(false);
  GradientSum sum(model_, alone_, kBucketBytes);
  EXPECT_LT(sum.buckets(), whole.buckets());
  sum.expect_last_pass();
  pass_backward();
  sum.finish({});
  EXPECT_EQ(sum.started_early(), sum.buckets());
}

// The destructor removes the hooks from the model.
TEST_F(GradientSumTest, ModelCanOutliveIt) {
  { GradientSum gone(model_, alone_, kBucketBytes); }
  GradientSum sum(model_, alone_, 0);
  EXPECT_EQ(sum.buckets(), 1U);
  sum.expect_last_pass();
  pass_backward();
  sum.finish({});
  EXPECT_EQ(sum.started_early(), 1U);
}

}  // namespace
}  // namespace pno::train
