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
      EXPECT_LT(largest_difference(exact.logits(exact.hidden({ids(kTokens)})), wanted), kRounding);
      const MusicTransformer single(config, V, torch::kCPU);
      fill(single, weights);
      EXPECT_LT(largest_difference(single.logits(single.hidden({ids(kTokens)})), wanted),
                kFloatError);
    }
  }
}

// An example of a model with roles: 13 outputs, and ids above them for structure and controls.
constexpr model::VocabularySize kWithRoles(17, V);
struct MarkedTokens {
  std::vector<std::uint16_t> tokens = {16, 13, 3, 7, 14, 1, 2, 10, 5, 15, 4, 4, 9};
  std::vector<std::uint8_t> roles = {0, 0, 3, 3, 0, 0, 1, 1, 0, 0, 2, 0, 0};
  std::vector<std::uint8_t> targets = {0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 1};

  reference::TokenMarks marks() const { return {.roles = roles, .targets = targets}; }
  Batch batch() const {
    Batch batch;
    batch.rows = 1;
    batch.length = std::ssize(tokens) - 1;
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
      batch.inputs.push_back(tokens[i]);
      batch.roles.push_back(roles[i]);
      if (targets[i + 1] == 0) continue;
      batch.targets.push_back(tokens[i + 1]);
      batch.target_at.push_back(static_cast<std::int64_t>(i));
    }
    return batch;
  }
};

TEST(MusicTransformer, WithRolesEqualsReference) {
  const MarkedTokens marked;
  const auto roles =
      torch::tensor(std::vector<std::int64_t>(marked.roles.begin(), marked.roles.end()))
          .unsqueeze(0);
  for (const bool tie : {false, true}) {
    auto config = tiny(Attention::relative);
    config.tie_embeddings = tie;
    const auto weights = reference::random_weights(config, kWithRoles, 1);
    const auto forward = [&](std::span<const std::uint8_t> of) {
      return reference::forward(config, kWithRoles, weights, marked.tokens, of);
    };
    const MusicTransformer model(config, kWithRoles, torch::kCPU, torch::kDouble);
    fill(model, weights);
    const auto logits = model.logits(model.hidden({ids(marked.tokens), roles}));
    EXPECT_EQ(logits.size(-1), V);
    EXPECT_LT(largest_difference(logits, forward(marked.roles)), kRounding);
    // Without roles all tokens are `played`.
    const auto played = model.logits(model.hidden({ids(marked.tokens)}));
    EXPECT_LT(largest_difference(played, forward({})), kRounding);
    EXPECT_GT(largest_difference(played, forward(marked.roles)), 1e-3);
  }
}

TEST(MusicTransformer, GradientWithRolesEqualsThatOfTheReference) {
  constexpr double kStep = 1e-5, kDifferenceError = 1e-7;  // of a central difference
  const MarkedTokens marked;
  for (const bool tie : {false, true}) {
    auto config = tiny(Attention::relative);
    config.tie_embeddings = tie;
    auto weights = reference::random_weights(config, kWithRoles, 2);
    const MusicTransformer model(config, kWithRoles, torch::kCPU, torch::kDouble);
    fill(model, weights);
    const auto loss = cross_entropy(model, marked.batch(), Dropout{}, {});
    const auto mean = loss.objective / static_cast<double>(loss.targets);
    const auto reference_loss = [&] {
      return reference::loss(config, kWithRoles, weights, marked.tokens, marked.marks());
    };
    EXPECT_NEAR(mean.item<double>(), reference_loss(), kRounding);
    mean.backward();
    const auto wanted =
        reference::backward(config, kWithRoles, weights, marked.tokens, marked.marks());
    for (const auto& [name, gradient] : wanted) {
      EXPECT_LT(largest_difference(model.parameter(name).grad(), gradient), kRounding) << name;
    }
    const auto roles = model.parameter("role_embedding").grad().flatten();
    auto& values = weights.at("role_embedding");
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double value = values[i];
      values[i] = value + kStep;
      const double above = reference_loss();
      values[i] = value - kStep;
      const double below = reference_loss();
      values[i] = value;
      EXPECT_NEAR(roles[static_cast<std::int64_t>(i)].item<double>(), (above - below) / (2 * kStep),
                  kDifferenceError);
    }
  }
}

// So a model without roles is the same model with `played` alone.
TEST(MusicTransformer, VectorsOfRolesBeginAtZero) {
  MusicTransformer model(tiny(Attention::relative), kWithRoles, torch::kCPU);
  model.initialize(1);
  EXPECT_EQ(model.parameter("role_embedding").abs().max().item<double>(), 0);
  const MarkedTokens marked;
  const auto roles = torch::full({1, std::ssize(marked.tokens)}, 3, torch::kLong);
  EXPECT_TRUE(
      torch::equal(model.hidden({ids(marked.tokens), roles}), model.hidden({ids(marked.tokens)})));
}

TEST(Loss, TaskSumsAddUpToAll) {
  MusicTransformer model(tiny(Attention::relative), kWithRoles, torch::kCPU);
  model.initialize(3);
  auto batch = MarkedTokens().batch();
  batch.groups = {0, 5, 5, 2};
  for (std::size_t i = 0; i < batch.targets.size(); ++i) {
    batch.allowed.push_back((std::int64_t{1} << batch.targets[i]) | 7);
  }
  const auto loss = cross_entropy(model, batch, Dropout{}, {});
  const auto total = loss.of_task.sum(0);
  EXPECT_NEAR(total[0].item<double>(), loss.nll.item<double>(), kFloatError);
  EXPECT_NEAR(total[1].item<double>(), loss.nll_grammar.item<double>(), kFloatError);
  EXPECT_EQ(loss.of_task[1][0].item<double>(), 0);
  EXPECT_GT(loss.of_task[5][0].item<double>(), loss.of_task[5][1].item<double>());
  // The same as of these targets alone.
  auto alone = batch;
  alone.targets = {batch.targets[1], batch.targets[2]};
  alone.target_at = {batch.target_at[1], batch.target_at[2]};
  alone.allowed = {batch.allowed[1], batch.allowed[2]};
  alone.groups.clear();
  const auto those = cross_entropy(model, alone, Dropout{}, {});
  EXPECT_FALSE(those.of_task.defined());
  EXPECT_NEAR(loss.of_task[5][0].item<double>(), those.nll.item<double>(), kFloatError);
  EXPECT_NEAR(loss.of_task[5][1].item<double>(), those.nll_grammar.item<double>(), kFloatError);
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
  const auto log_p = torch::log_softmax(model.logits(model.hidden({ids(inputs)})), -1);
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
