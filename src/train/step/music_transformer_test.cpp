#include "train/step/music_transformer.h"

#include <gtest/gtest.h>

#include "model/reference.h"
#include "train/step/loss.h"

namespace pno::train {
namespace {

using model::Attention;
using model::ModelConfig;
namespace reference = model::reference;

constexpr int V = 13;
constexpr double kRounding = 1e-9;    // double precision
constexpr double kFloatError = 1e-4;  // float32, the same bound as for the engine
constexpr auto kKinds = {Attention::absolute, Attention::relative, Attention::relative_local,
                         Attention::shaw};
const std::vector<std::uint16_t> kTokens = {9, 0, 3, 3, 7, 1, 2, 10, 5, 12, 4};

ModelConfig tiny(Attention kind) {
  return {.layers = 2,
          .heads = 2,
          .width = 6,
          .attention_width = 8,  // not equal to width
          .ff_width = 10,
          .context = 16,
          .max_distance = 4,
          .block = 3,
          .attention = kind};
}

void fill(const MusicTransformer& model, const reference::Weights& weights) {
  const torch::NoGradGuard no_grad;
  for (const auto& [name, values] : weights) {
    const auto& parameter = model.parameter(name);
    parameter.copy_(torch::tensor(values, torch::kDouble).view(parameter.sizes()));
  }
}

torch::Tensor ids(std::span<const std::uint16_t> tokens) {
  const std::vector<std::int64_t> wide(tokens.begin(), tokens.end());
  return torch::tensor(wide, torch::kLong).unsqueeze(0);
}

double largest_difference(const torch::Tensor& tensor, const std::vector<double>& wanted) {
  return (tensor.detach().to(torch::kDouble).flatten() - torch::tensor(wanted, torch::kDouble))
      .abs()
      .max()
      .item<double>();
}

Batch batch_of(std::span<const std::uint16_t> tokens, std::int64_t length,
               events::Token padding = 0) {
  Batch batch;
  batch.length = length;
  batch.add(tokens, tokens.size(), padding);
  return batch;
}

TEST(MusicTransformer, EqualsReference) {
  for (const auto kind : kKinds) {
    for (const bool tie : {false, true}) {
      auto config = tiny(kind);
      config.tie_embeddings = tie;
      config.activation = tie ? model::Activation::gelu : model::Activation::relu;
      config.position = tie ? model::Position::sinusoidal : model::Position::automatic;
      SCOPED_TRACE(fmt::format("{}, tied {}", enum_name(kind), tie));
      const auto weights = reference::random_weights(config, V, 1);
      const auto wanted = reference::forward(config, V, weights, kTokens);
      const MusicTransformer exact(config, V, torch::kCPU, torch::kDouble);
      fill(exact, weights);
      EXPECT_LT(largest_difference(exact.logits(exact.hidden(ids(kTokens))), wanted), kRounding);
      const MusicTransformer single(config, V, torch::kCPU);
      fill(single, weights);
      EXPECT_LT(largest_difference(single.logits(single.hidden(ids(kTokens))), wanted),
                kFloatError);
    }
  }
}

TEST(MusicTransformer, GradientEqualsDifferencesOfTheReferenceLoss) {
  constexpr double kStep = 1e-5, kDifferenceError = 1e-7;  // of a central difference
  for (const auto kind : kKinds) {
    const auto config = tiny(kind);
    auto weights = reference::random_weights(config, V, 2);
    const MusicTransformer model(config, V, torch::kCPU, torch::kDouble);
    fill(model, weights);
    const auto loss =
        cross_entropy(model, batch_of(kTokens, std::ssize(kTokens) - 1), Dropout{}, {});
    const auto mean = loss.objective / static_cast<double>(loss.targets);
    EXPECT_NEAR(mean.item<double>(), reference::loss(config, V, weights, kTokens), kRounding);
    mean.backward();
    // A few elements of every parameter.
    for (auto& [name, values] : weights) {
      const auto gradient = model.parameter(name).grad().flatten();
      for (std::size_t i = 0; i < values.size(); i += 1 + values.size() / 3) {
        const double value = values[i];
        values[i] = value + kStep;
        const double above = reference::loss(config, V, weights, kTokens);
        values[i] = value - kStep;
        const double below = reference::loss(config, V, weights, kTokens);
        values[i] = value;
        EXPECT_NEAR(gradient[static_cast<std::int64_t>(i)].item<double>(),
                    (above - below) / (2 * kStep), kDifferenceError)
            << enum_name(kind) << " " << name << " " << i;
      }
    }
  }
}

// Trap: all layers were initialised as copies of one.
TEST(MusicTransformer, TrapLayersAreNotCopies) {
  MusicTransformer model(tiny(Attention::relative), V, torch::kCPU);
  model.initialize(1);
  for (const auto* name : {"qkv.weight", "relative_keys", "attention_out.weight", "ff_in.weight"}) {
    EXPECT_FALSE(torch::equal(model.parameter(fmt::format("layers.0.{}", name)),
                              model.parameter(fmt::format("layers.1.{}", name))))
        << name;
  }
}

TEST(MusicTransformer, InitialWeightsDependOnlyOnTheSeed) {
  const auto begin = [](std::uint64_t seed) {
    MusicTransformer model(tiny(Attention::shaw), V, torch::kCPU);
    model.initialize(seed);
    return model.values();
  };
  EXPECT_EQ(begin(1), begin(1));
  EXPECT_NE(begin(1), begin(2));
}

// Trap: padding counted in loss and accuracy, because its id was that of a note.
TEST(Loss, TrapPaddingDoesNotCount) {
  MusicTransformer model(tiny(Attention::relative), V, torch::kCPU, torch::kDouble);
  model.initialize(3);
  const auto measure = [&](const Batch& batch) {
    model.gradient().zero_();
    const auto loss = cross_entropy(model, batch, Dropout{}, {.smoothing = 0.1});
    loss.objective.backward();
    EXPECT_EQ(loss.targets, std::ssize(kTokens) - 1);
    return std::pair{loss.nll.item<double>(), model.gradient().clone()};
  };
  const auto [nll, gradient] = measure(batch_of(kTokens, std::ssize(kTokens) - 1));
  for (const events::Token padding : {events::Token{0}, events::Token{V - 1}}) {
    auto padded = batch_of(kTokens, 16, padding);
    padded.add({}, 0, padding);  // a row of padding only
    const auto [padded_nll, padded_gradient] = measure(padded);
    EXPECT_NEAR(padded_nll, nll, kRounding);
    EXPECT_LT((padded_gradient - gradient).abs().max().item<double>(), kRounding);
  }
}

TEST(Loss, SmoothingAddsTheMeanOverTheVocabulary) {
  MusicTransformer model(tiny(Attention::absolute), V, torch::kCPU, torch::kDouble);
  model.initialize(3);
  constexpr double kSmoothing = 0.2;
  const auto batch = batch_of(kTokens, std::ssize(kTokens) - 1);
  const auto loss = cross_entropy(model, batch, Dropout{}, {.smoothing = kSmoothing});
  const auto inputs = std::span(kTokens).first(kTokens.size() - 1);
  const auto log_p = torch::log_softmax(model.logits(model.hidden(ids(inputs))), -1);
  double wanted = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto row = log_p[0][static_cast<std::int64_t>(i)];
    wanted -= (1 - kSmoothing) * row[kTokens[i + 1]].item<double>();
    for (int id = 0; id < V; ++id) wanted -= kSmoothing / V * row[id].item<double>();
  }
  EXPECT_NEAR(loss.objective.item<double>(), wanted, kRounding);
}

}  // namespace
}  // namespace pno::train
