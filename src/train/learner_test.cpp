#include "train/learner.h"

#include <gtest/gtest.h>

namespace pno::train {
namespace {

constexpr int V = 20;

Batch patterns(std::int64_t rows, std::int64_t length) {
  Batch batch;
  batch.length = length;
  for (std::int64_t row = 0; row < rows; ++row) {
    std::vector<events::Token> tokens;
    for (std::int64_t i = 0; i <= length; ++i) {
      tokens.push_back(static_cast<events::Token>((i * i + row * 7) % V));
    }
    batch.add(tokens, tokens.size(), 0);
  }
  return batch;
}

void expect_to_overfit_one_batch(torch::Device device, Precision precision) {
  constexpr double kLearned = 0.05;  // nats a token
  const model::ModelConfig model{.layers = 2,
                                 .heads = 2,
                                 .width = 32,
                                 .attention_width = 32,
                                 .ff_width = 64,
                                 .context = 24,
                                 .max_distance = 24,
                                 .dropout = 0};
  const TrainConfig config{.learning_rate = 5e-3,
                           .schedule = Schedule::constant,
                           .warmup_steps = 10,
                           .precision = precision};
  Learner learner(model, config, V, device);
  const auto batch = patterns(2, 24);
  double nll = 0;
  for (int step = 1; step <= 200; ++step)
    nll = learner.step(std::span(&batch, 1), step).nll.value();
  EXPECT_LT(nll, kLearned);
  EXPECT_NEAR(learner.validate(std::span(&batch, 1)).value(), nll, kLearned);
}

TEST(Learner, OverfitsOneBatch) {
  expect_to_overfit_one_batch(torch::kCPU, Precision::f32);
}

TEST(Learner, OverfitsOneBatchInBf16) {
  expect_to_overfit_one_batch(torch::kCPU, Precision::bf16);
}

TEST(Learner, OverfitsOneBatchOnCuda) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "this machine has no CUDA device";
  expect_to_overfit_one_batch(torch::kCUDA, Precision::f32);
  expect_to_overfit_one_batch(torch::kCUDA, Precision::bf16);
}

}  // namespace
}  // namespace pno::train
