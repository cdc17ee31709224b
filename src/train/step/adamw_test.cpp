#include "train/step/adamw.h"

#include <gtest/gtest.h>

#include <cmath>

#include "train/step/optimizer.h"

namespace pno::train {
namespace {

constexpr double kRounding = 1e-12;

// Compares with algorithm 2 of the paper, one element at a time. A norm (one dimension) has no
// weight decay.
TEST(AdamW, EqualsPlainLoop) {
  const TrainConfig config{.beta1 = 0.8, .beta2 = 0.9, .epsilon = 1e-3, .weight_decay = 0.1};
  const std::vector<model::Parameter> list = {{"matrix", {1, 2}}, {"norm", {2}}};
  const auto parameters = torch::tensor({1.0, -2.0, 3.0, 0.5}, torch::kDouble);
  const auto gradient = torch::tensor({0.1, 0.2, -3.0, 0.0}, torch::kDouble);
  Optimizer optimizer(config, parameters, list);
  std::vector<double> wanted = {1.0, -2.0, 3.0, 0.5}, mean(4), square(4);
  for (int step = 1; step <= 5; ++step) {
    const double rate = 0.1 * step;
    optimizer.update(parameters, gradient * step,
                     {.step = step, .learning_rate = rate, .weight_decay = config.weight_decay});
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const double g = gradient[static_cast<std::int64_t>(i)].item<double>() * step;
      mean[i] = config.beta1 * mean[i] + (1 - config.beta1) * g;
      square[i] = config.beta2 * square[i] + (1 - config.beta2) * g * g;
      const double m = mean[i] / (1 - std::pow(config.beta1, step));
      const double v = square[i] / (1 - std::pow(config.beta2, step));
      if (i < 2) wanted[i] -= rate * config.weight_decay * wanted[i];
      wanted[i] -= rate * m / (std::sqrt(v) + config.epsilon);
      EXPECT_NEAR(parameters[static_cast<std::int64_t>(i)].item<double>(), wanted[i], kRounding);
    }
  }
}

// Compares the fused pass in float32 with LibTorch's operations in double precision, with and
// without weight decay, for several threads and a size that is not a multiple of a vector.
TEST(AdamW, FusedEqualsComposite) {
  constexpr double kFloatRounding = 1e-6;
  const std::vector<model::Parameter> list = {{"matrix", {300, 251}}, {"norm", {77}}};
  const std::int64_t size = 300 * 251 + 77;
  for (const double decay : {0.0, 0.1}) {
    const TrainConfig config{.epsilon = 1e-6};
    torch::manual_seed(1);
    const auto exact = torch::randn({size}, torch::kDouble), single = exact.to(torch::kFloat);
    const Optimizer slow(config, exact, list), fast(config, single, list);
    for (int step = 1; step <= 5; ++step) {
      const auto gradient = torch::randn({size}, torch::kDouble);
      const UpdateRates rates{.step = step,
                              .learning_rate = 0.01 * step,
                              .weight_decay = decay,
                              .gradient_factor = 0.5};
      slow.update(exact, gradient, rates);
      fast.update(single, gradient.to(torch::kFloat), rates);
    }
    EXPECT_LT((exact - single).abs().max().item<double>(), 10 * kFloatRounding);
    EXPECT_LT((slow.mean() - fast.mean()).abs().max().item<double>(), kFloatRounding);
    EXPECT_LT((slow.square() - fast.square()).abs().max().item<double>(), kFloatRounding);
  }
}

}  // namespace
}  // namespace pno::train
