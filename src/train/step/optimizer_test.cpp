#include "train/step/optimizer.h"

#include <gtest/gtest.h>

namespace pno::train {
namespace {

constexpr double kRounding = 1e-12;

TEST(Clip, FactorAppliesOnlyAboveTheLargestNorm) {
  for (const auto type : {torch::kDouble, torch::kFloat}) {
    const auto gradient = torch::tensor({3.0, 4.0}, type);
    const double norm = norm_of(gradient);
    EXPECT_NEAR(norm, 5, kRounding);
    EXPECT_EQ(clip_factor(norm, 0), 1);
    EXPECT_EQ(clip_factor(norm, 6), 1);
    EXPECT_NEAR(clip_factor(norm, 2), 0.4, kRounding);
  }
}

TEST(Clip, NormOfALargeGradientEqualsDoublePrecision) {
  const auto gradient = torch::randn({1'000'003});
  const double norm = gradient.to(torch::kDouble).norm().item<double>();
  EXPECT_NEAR(norm_of(gradient), norm, 1e-6 * norm);
}

// With Muon, the layers' matrices have no running mean of squares, and all other parameters change
// as with AdamW alone.
TEST(Optimizer, MuonIsForTheMatricesOfLayersOnly) {
  const model::ModelConfig model{
      .layers = 2, .heads = 2, .width = 8, .attention_width = 8, .ff_width = 16, .max_distance = 4};
  constexpr int V = 10;
  const auto list = model::parameters(model, V);
  torch::manual_seed(1);
  const auto start = torch::randn({model::parameter_count(model, V)});
  const auto gradient = torch::randn_like(start);
  const auto with_adamw = start.clone(), with_muon = start.clone();
  const UpdateRates rates{.step = 1, .learning_rate = 0.1, .weight_decay = 0.2};
  const Optimizer adamw({.optimizer = OptimizerKind::adamw}, start, list);
  const Optimizer muon({.optimizer = OptimizerKind::muon}, start, list);
  adamw.update(with_adamw, gradient, rates);
  muon.update(with_muon, gradient, rates);
  std::int64_t first = 0;
  int matrices = 0;
  for (const auto& parameter : list) {
    const auto part = [&, first](const torch::Tensor& flat) {
      return flat.narrow(0, first, parameter.size());
    };
    first += parameter.size();
    if (parameter.matrices > 0) ++matrices;
    EXPECT_EQ(torch::equal(part(with_adamw), part(with_muon)), parameter.matrices == 0)
        << parameter.name;
    EXPECT_EQ(part(muon.square()).abs().sum().item<double>() == 0, parameter.matrices > 0)
        << parameter.name;
  }
  EXPECT_EQ(matrices, 4 * model.layers);
}

}  // namespace
}  // namespace pno::train
