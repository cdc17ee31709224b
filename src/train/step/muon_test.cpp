#include "train/step/muon.h"

#include <gtest/gtest.h>

#include <cmath>

#include "train/step/optimizer.h"

namespace pno::train {
namespace {

const TrainConfig kConfig{.optimizer = OptimizerKind::muon, .muon_rate = 2, .muon_momentum = 0.9};

std::vector<model::Parameter> matrices() {
  std::vector<model::Parameter> list = {{"heads", {3 * 24, 40}}, {"tall", {70, 30}}};
  list[0].matrices = 3;
  list[1].matrices = 1;
  return list;
}
constexpr std::int64_t kSize = 3 * 24 * 40 + 70 * 30;

// The definition at the top of muon.h, with U Vᵀ replaced by the composite iteration, one matrix at
// a time.
TEST(Muon, EqualsItsDefinition) {
  constexpr double kRounding = 1e-12;
  torch::manual_seed(1);
  const auto weights = torch::randn({kSize}, torch::kDouble);
  auto wanted = weights.clone();
  const Optimizer muon(kConfig, weights, matrices());
  auto mean = torch::zeros({kSize}, torch::kDouble);
  for (int step = 1; step <= 3; ++step) {
    const auto gradient = torch::randn({kSize}, torch::kDouble);
    muon.update(weights, gradient,
                {.step = step, .learning_rate = 0.01, .weight_decay = 0.3, .gradient_factor = 0.5});
    mean = 0.9 * mean + 0.1 * 0.5 * gradient;
    const auto ahead = 0.9 * mean + 0.1 * 0.5 * gradient;
    struct Shape {
      std::int64_t first, rows, columns;
    };
    for (const auto& [first, rows, columns] :
         {Shape{0, 24, 40}, {24 * 40, 24, 40}, {2 * 24 * 40, 24, 40}, {3 * 24 * 40, 70, 30}}) {
      const auto part = [&, first = first, size = rows * columns](const torch::Tensor& flat) {
        return flat.narrow(0, first, size);
      };
      const auto o = orthogonalised(part(ahead).view({1, rows, columns})).reshape({-1});
      const double scale = 0.2 * std::sqrt(static_cast<double>(std::max(rows, columns)));
      part(wanted).copy_(part(wanted) * (1 - 0.02 * 0.3) - 0.02 * scale * o);
    }
    EXPECT_LT((weights - wanted).abs().max().item<double>(), kRounding);
  }
}

TEST(Muon, FusedEqualsComposite) {
  constexpr double kFloatRounding = 2e-5;  // of five iterations in float32
  torch::manual_seed(2);
  const auto exact = torch::randn({kSize}, torch::kDouble), single = exact.to(torch::kFloat);
  const Optimizer slow(kConfig, exact, matrices()), fast(kConfig, single, matrices());
  for (int step = 1; step <= 5; ++step) {
    const auto gradient = torch::randn({kSize}, torch::kDouble);
    const UpdateRates rates{
        .step = step, .learning_rate = 0.02, .weight_decay = 0.1, .gradient_factor = 0.7};
    slow.update(exact, gradient, rates);
    fast.update(single, gradient.to(torch::kFloat), rates);
  }
  EXPECT_LT((exact - single).abs().max().item<double>(), kFloatRounding);
  EXPECT_LT((slow.mean() - fast.mean()).abs().max().item<double>(), kFloatRounding);
}

TEST(Muon, DoesNotDependOnTheNumberOfThreads) {
  torch::manual_seed(3);
  const auto start = torch::randn({kSize}), gradient = torch::randn({kSize});
  const auto threads = at::get_num_threads();
  std::vector<torch::Tensor> results;
  for (const int count : {1, 2}) {
    at::set_num_threads(count);
    results.push_back(start.clone());
    const Optimizer muon(kConfig, start, matrices());
    muon.update(results.back(), gradient, {.step = 1, .learning_rate = 0.02});
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(results[0], results[1]));
}

}  // namespace
}  // namespace pno::train
