#include "train/step/weight_average.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "train/step/layer_rates.h"
#include "train/step/learner.h"

namespace pno::train {
namespace {

constexpr double kRounding = 1e-5;

TEST(WeightAverage, EqualsPlainLoop) {
  constexpr double kDecay = 0.9;
  constexpr int kSteps = 200;
  const auto weights = torch::zeros({1});
  WeightAverage average(kDecay, weights);
  double expected = 0;
  for (int step = 1; step <= kSteps; ++step) {
    const double value = step % 7 - 2.5;
    weights.fill_(value);
    average.add(weights, step);
    const double decay = std::min(kDecay, (1.0 + step) / (10.0 + step));
    expected = decay * expected + (1 - decay) * value;
    ASSERT_NEAR(average.values().item<float>(), expected, kRounding);
  }
}

TEST(WeightAverage, UseAverageReplacesAndRestoresTheWeights) {
  const auto weights = torch::ones({3});
  const WeightAverage average(0.5, torch::full({3}, 7.0F));
  {
    const UseAverage use(weights, &average);
    EXPECT_EQ(weights[1].item<float>(), 7);
  }
  EXPECT_EQ(weights[1].item<float>(), 1);
  const UseAverage nothing(weights, /*average=*/nullptr);
  EXPECT_EQ(weights[1].item<float>(), 1);
}

const model::ModelConfig kModel{.layers = 2,
                                .heads = 2,
                                .width = 8,
                                .attention_width = 8,
                                .ff_width = 16,
                                .context = 8,
                                .max_distance = 8,
                                .dropout = 0};
constexpr int kVocabulary = 20;

std::vector<Batch> some_batch() {
  Batch batch;
  batch.length = kModel.context;
  const std::vector<events::Token> tokens = {1, 5, 2, 7, 3, 9, 4, 11, 6};
  batch.add(tokens, tokens.size(), 0);
  return {batch};
}

// The change of each parameter after three training steps.
std::map<std::string, torch::Tensor> changes(const TrainConfig& config) {
  Learner learner(kModel, config, kVocabulary, torch::kCPU);
  const auto begun = learner.model().parameters().clone();
  for (int step = 1; step <= 3; ++step) learner.step(some_batch(), step);
  const auto change = learner.model().parameters() - begun;
  std::map<std::string, torch::Tensor> by_name;
  std::int64_t first = 0;
  for (const auto& parameter : learner.model().list()) {
    by_name[parameter.name] = change.narrow(0, first, parameter.size());
    first += parameter.size();
  }
  return by_name;
}

// One step, so that both learners have the same gradient.
TEST(LayerRates, ChangeOfAGroupIsMultipliedByItsFactor) {
  constexpr double kFactor = 0.25;
  TrainConfig config{.learning_rate = 0.01, .warmup_steps = 0, .weight_decay = 0.5, .clip_norm = 0};
  Learner whole(kModel, config, kVocabulary, torch::kCPU);
  config.layer_rates = "layers.1=0.25";
  Learner rated(kModel, config, kVocabulary, torch::kCPU);
  const auto begun = whole.model().parameters().clone();
  whole.step(some_batch(), 1);
  rated.step(some_batch(), 1);
  std::int64_t first = 0;
  for (const auto& parameter : whole.model().list()) {
    const auto change = [&](const Learner& learner) {
      return (learner.model().parameters() - begun).narrow(0, first, parameter.size());
    };
    const double factor = parameter.name.starts_with("layers.1.") ? kFactor : 1;
    EXPECT_TRUE(torch::allclose(change(rated), change(whole) * factor, 1e-4, 1e-7))
        << parameter.name;
    first += parameter.size();
  }
}

// With weight decay, which would also change weights without a gradient.
TEST(LayerRates, FrozenParametersAreBitwiseUnchangedAndOthersLearn) {
  TrainConfig config{.learning_rate = 0.01, .warmup_steps = 0, .weight_decay = 0.5};
  config.freeze = "embedding,layers.0";
  for (const auto& [name, change] : changes(config)) {
    const bool is_frozen = name == "embedding" || name.starts_with("layers.0.");
    EXPECT_EQ(change.count_nonzero().item<std::int64_t>() == 0, is_frozen) << name;
  }
}

}  // namespace
}  // namespace pno::train
