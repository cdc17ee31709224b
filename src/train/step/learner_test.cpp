#include "train/step/learner.h"

#include <gtest/gtest.h>

#include "train/step/test_batches.h"

namespace pno::train {
namespace {

constexpr int V = 20;

Batch patterns(std::int64_t rows, std::int64_t length) {
  return square_patterns(rows, length, V);
}

void expect_to_overfit_one_batch(torch::Device device, Precision precision,
                                 OptimizerKind optimizer = OptimizerKind::adamw) {
  constexpr double kLearned = 0.05;  // nats per token
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
                           .optimizer = optimizer,
                           .precision = precision};
  Learner learner(model, config, V, device);
  const auto batch = patterns(2, 24);
  double nll = 0;
  for (int step = 1; step <= 200; ++step)
    nll = learner.step(std::span(&batch, 1), step).losses.all.plain.value();
  EXPECT_LT(nll, kLearned);
  EXPECT_NEAR(learner.validate(std::span(&batch, 1)).all.plain.value(), nll, kLearned);
}

TEST(Learner, OverfitsOneBatch) {
  expect_to_overfit_one_batch(torch::kCPU, Precision::f32);
}

TEST(Learner, OverfitsOneBatchWithMuon) {
  expect_to_overfit_one_batch(torch::kCPU, Precision::f32, OptimizerKind::muon);
}

TEST(Learner, OverfitsOneBatchInBf16) {
  expect_to_overfit_one_batch(torch::kCPU, Precision::bf16);
}

// The dropout mask depends on the position in the step's batch, so it is the same in parts, forward
// and backward. This is what makes several ranks equal one.
TEST(Learner, DropoutDoesNotDependOnTheDivisionIntoParts) {
  constexpr double kRounding = 1e-5;
  const model::ModelConfig model{.layers = 2,
                                 .heads = 2,
                                 .width = 16,
                                 .attention_width = 16,
                                 .ff_width = 32,
                                 .context = 24,
                                 .max_distance = 24,
                                 .dropout = 0.4};
  const auto whole = patterns(3, 24);
  std::vector<Batch> parts(3);
  for (std::int64_t row = 0; row < 3; ++row) {
    auto& part = parts[static_cast<std::size_t>(row)];
    part.rows = 1;
    part.length = 24;
    part.first_row = row;
    for (std::int64_t i = 0; i < 24; ++i) {
      part.inputs.push_back(whole.inputs[static_cast<std::size_t>(row * 24 + i)]);
      part.targets.push_back(whole.targets[static_cast<std::size_t>(row * 24 + i)]);
      part.target_at.push_back(i);
    }
  }
  Learner one(model, {}, V, torch::kCPU), other(model, {}, V, torch::kCPU);
  const auto at_once = one.step(std::span(&whole, 1), 1), in_parts = other.step(parts, 1);
  EXPECT_NEAR(at_once.losses.all.plain.value(), in_parts.losses.all.plain.value(), kRounding);
  const auto &wanted = one.model().gradient(), &found = other.model().gradient();
  EXPECT_LT((wanted - found).norm().item<double>(), kRounding * wanted.norm().item<double>());
  parts[1].first_row = 0;  // another position has another mask
  Learner third(model, {}, V, torch::kCPU);
  EXPECT_GT(
      std::abs(third.step(parts, 1).losses.all.plain.value() - at_once.losses.all.plain.value()),
      100 * kRounding);
}

TEST(Learner, OverfitsOneBatchOnCuda) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "this machine has no CUDA device";
  expect_to_overfit_one_batch(torch::kCUDA, Precision::f32);
  expect_to_overfit_one_batch(torch::kCUDA, Precision::bf16);
}

}  // namespace
}  // namespace pno::train
