#include "model/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "model/parameters.h"
#include "model/reference_layers.h"

namespace pno::model::reference {
namespace {

using Tokens = std::vector<std::uint16_t>;

constexpr double kRounding = 1e-12;
constexpr int V = 11;
constexpr auto kKinds = {Attention::absolute, Attention::relative, Attention::relative_local,
                         Attention::shaw};

ModelConfig tiny(Attention kind) {
  return {.layers = 2,
          .heads = 2,
          .width = 6,
          .attention_width = 8,  // other than width
          .ff_width = 10,
          .context = 16,
          .max_distance = 4,
          .block = 3,
          .attention = kind};
}

const Tokens kTokens = {9, 0, 3, 3, 7, 1, 2, 10, 5};

// The whole model against numbers from a separate program in Python, written from the equations
// with other loops: weight n of the file, counted from 1 over all parameters, is sin(n).
TEST(Reference, EqualsASeparateImplementation) {
  const std::pair<Attention, std::vector<double>> expected[] = {
      {Attention::absolute,
       {-1.7825713051, -0.7832204024, 1.6338961748, -3.7366961133, 1.8475063057}},
      {Attention::relative,
       {-0.3719109133, -0.5719638790, 1.2463179803, -2.9953948835, 0.4485575527}},
      {Attention::shaw, {-0.7491302232, 0.6550757120, 1.2791362127, -3.2142138238, 0.5779553137}}};
  for (const auto& [kind, last_logits] : expected) {
    const ModelConfig config{.layers = 1,
                             .heads = 2,
                             .width = 4,
                             .attention_width = 6,
                             .ff_width = 5,
                             .context = 4,
                             .max_distance = 2,
                             .attention = kind};
    Weights weights;
    double n = 0;
    for (const auto& parameter : parameters(config, 5)) {
      auto& values = weights[parameter.name];
      for (std::int64_t i = 0; i < parameter.size(); ++i) values.push_back(std::sin(++n));
    }
    const auto logits = forward(config, 5, weights, Tokens{4, 1, 0, 2});
    EXPECT_THAT(std::vector(logits.end() - 5, logits.end()),
                testing::Pointwise(testing::DoubleNear(1e-9), last_logits))
        << enum_name(kind);
  }
}

// Tries every id at every position.
TEST(Reference, OutputsDoNotDependOnLaterTokens) {
  for (const auto kind : kKinds) {
    const auto config = tiny(kind);
    const auto weights = random_weights(config, V, 1);
    const auto before = forward(config, V, weights, kTokens);
    for (std::size_t changed = 1; changed < kTokens.size(); ++changed) {
      for (std::uint16_t id = 0; id < V; ++id) {
        if (id == kTokens[changed]) continue;
        auto tokens = kTokens;
        tokens[changed] = id;
        const auto after = forward(config, V, weights, tokens);
        const auto reach = static_cast<std::ptrdiff_t>(changed * V);
        EXPECT_TRUE(std::equal(before.begin(), before.begin() + reach, after.begin()))
            << enum_name(kind) << ": id " << id << " at " << changed << " is seen before";
        EXPECT_NE(before[changed * V], after[changed * V]);
      }
    }
  }
}

// Every length up to the context works, and a longer piece only adds logits.
TEST(Reference, EveryLengthUpToTheContextWorks) {
  const auto config = tiny(Attention::relative);
  const auto weights = random_weights(config, V, 1);
  Tokens tokens(static_cast<std::size_t>(config.context));
  for (std::size_t t = 0; t < tokens.size(); ++t) tokens[t] = static_cast<std::uint16_t>(t % V);
  const auto all = forward(config, V, weights, tokens);
  for (std::size_t length = 1; length <= tokens.size(); ++length) {
    const auto logits = forward(config, V, weights, std::span(tokens).first(length));
    ASSERT_EQ(logits.size(), length * V);
    EXPECT_TRUE(std::equal(logits.begin(), logits.end(), all.begin())) << length;
  }
  tokens.push_back(0);  // context inputs have context targets
  EXPECT_TRUE(std::isfinite(loss(config, V, weights, tokens)));
}

// Without positions a model knows how far back a token is, not its position in the piece: behind
// two blocks that local attention cannot see, the same tokens give the same logits. Sinusoids break
// that.
TEST(Reference, WithoutPositionsLogitsDependOnDistancesOnly) {
  auto config = tiny(Attention::relative_local);
  config.layers = 1;  // every layer reaches one block further back
  const auto weights = random_weights(config, V, 1);
  Tokens later = {6, 1, 0, 8, 8, 4};
  const auto blocks_in_front = static_cast<std::ptrdiff_t>(later.size() * V);
  later.insert(later.end(), kTokens.begin(), kTokens.end());
  const auto second_block = std::ptrdiff_t{3} * V;  // the first has lost what was before it
  const auto difference = [&] {
    const auto here = forward(config, V, weights, kTokens);
    const auto there = forward(config, V, weights, later);
    double largest = 0;
    for (auto i = second_block; i < std::ssize(here); ++i) {
      const auto at = static_cast<std::size_t>(i);
      largest = std::max(
          largest, std::abs(here[at] - there[at + static_cast<std::size_t>(blocks_in_front)]));
    }
    return largest;
  };
  EXPECT_LT(difference(), kRounding);
  config.position = Position::sinusoidal;
  EXPECT_GT(difference(), 1e-3);
}

TEST(Reference, EveryParameterChangesTheLogits) {
  for (const auto kind : kKinds) {
    const auto config = tiny(kind);
    const auto weights = random_weights(config, V, 1);
    for (const auto& [name, gradient] : backward(config, V, weights, kTokens)) {
      EXPECT_TRUE(std::any_of(gradient.begin(), gradient.end(), [](double g) { return g != 0; }))
          << enum_name(kind) << " ignores " << name;
    }
  }
}

TEST(Reference, LossOfAnUntrainedModelIsNearUniform) {
  const ModelConfig config{.layers = 2,
                           .heads = 2,
                           .width = 32,
                           .attention_width = 32,
                           .ff_width = 64,
                           .context = 16,
                           .max_distance = 16};
  Weights weights;
  std::uint64_t stream = 0;
  for (const auto& parameter : parameters(config, V)) {
    weights[parameter.name] = initial_values(parameter, 1, stream++);
  }
  // Logits of variance 1 cost half a nat on average, as E[exp(x)] = exp(1/2).
  EXPECT_NEAR(loss(config, V, weights, kTokens), std::log(V) + 0.5, 0.5);
}

TEST(Reference, LossOfACertainModelIsZero) {
  auto config = tiny(Attention::relative);
  auto weights = random_weights(config, V, 1);
  weights["output.bias"][4] = 1000;
  EXPECT_NEAR(loss(config, V, weights, Tokens{0, 4, 4, 4}), 0, kRounding);
  EXPECT_NEAR(loss(config, V, weights, Tokens{0, 5, 5}), 1000, 50);
}

TEST(Reference, SinusoidsEqualThePaper) {
  EXPECT_DOUBLE_EQ(sinusoid(0, 0, 6), 0);
  EXPECT_DOUBLE_EQ(sinusoid(0, 1, 6), 1);
  EXPECT_DOUBLE_EQ(sinusoid(5, 0, 6), std::sin(5.0));
  EXPECT_DOUBLE_EQ(sinusoid(5, 3, 6), std::cos(5 / std::pow(10000.0, 2.0 / 6)));
  EXPECT_DOUBLE_EQ(sinusoid(5, 4, 6), std::sin(5 / std::pow(10000.0, 4.0 / 6)));
}

TEST(Reference, GeluUsesTheExactErrorFunction) {
  const std::vector<double> x = {-2, 0, 1};  // x Φ(x) from a table of Φ
  EXPECT_THAT(
      activate(Activation::gelu, x),
      testing::Pointwise(testing::DoubleNear(1e-9), std::vector{-0.0455002639, 0.0, 0.8413447461}));
}

TEST(Reference, LayerNormGivesMeanZeroAndVarianceOne) {
  const std::vector<double> x = {1, 2, 3, 4}, ones(4, 1.0), zeros(4, 0.0);
  const double stddev = std::sqrt(1.25 + kNormEpsilon);
  EXPECT_THAT(
      layer_norm(x, ones, zeros),
      testing::Pointwise(testing::DoubleNear(kRounding),
                         std::vector{-1.5 / stddev, -0.5 / stddev, 0.5 / stddev, 1.5 / stddev}));
}

// Central differences in double: with a step of 1e-5 truncation and rounding are both near 1e-10;
// gradients here are between 1e-4 and 1, so 1e-6 of the largest in a tensor is well above both.
constexpr double kStep = 1e-5, kRelativeTolerance = 1e-6;

void expect_gradients(const ModelConfig& config) {
  auto weights = random_weights(config, V, 2);
  const auto gradients = backward(config, V, weights, kTokens);
  for (auto& [name, values] : weights) {
    const auto& gradient = gradients.at(name);
    double largest = 0;
    for (const double g : gradient) largest = std::max(largest, std::abs(g));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double value = values[i];
      values[i] = value + kStep;
      const double above = loss(config, V, weights, kTokens);
      values[i] = value - kStep;
      const double below = loss(config, V, weights, kTokens);
      values[i] = value;
      EXPECT_NEAR(gradient[i], (above - below) / (2 * kStep), kRelativeTolerance * largest)
          << enum_name(config.attention) << " " << name << "[" << i << "]";
    }
  }
}

TEST(Reference, GradientsMatchFiniteDifferencesForEveryAttention) {
  for (const auto kind : kKinds) {
    auto config = tiny(kind);
    config.activation = Activation::gelu;  // relu's corner has no difference to compare with
    expect_gradients(config);
  }
}

TEST(Reference, GradientsMatchFiniteDifferencesWithTiedEmbeddingsReluAndSinusoids) {
  auto config = tiny(Attention::relative);
  config.tie_embeddings = true;
  config.position = Position::sinusoidal;
  expect_gradients(config);
}

// A model with roles: 14 inputs, of which V are outputs.
constexpr VocabularySize kWithRoles(V + 3, V);
const Tokens kRoleTokens = {13, 9, 0, 3, 12, 3, 7, 1, 2, 11, 10, 5};
const std::vector<std::uint8_t> kRoles = {0, 0, 1, 1, 0, 2, 2, 3, 0, 0, 3, 0};
// Inputs that are not outputs are not targets.
const std::vector<std::uint8_t> kTargets = {0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1};

// A token of its own that has the sum of both vectors gives the same.
TEST(Reference, ARoleAddsItsVectorToThatOfTheToken) {
  const auto config = tiny(Attention::relative);
  const auto weights = random_weights(config, kWithRoles, 1);
  const auto logits = forward(config, kWithRoles, weights, kRoleTokens, kRoles);
  ASSERT_EQ(logits.size(), kRoleTokens.size() * V);
  const auto C = static_cast<std::size_t>(config.width);
  int compared = 0;
  for (std::size_t t = 0; t < kRoleTokens.size(); ++t) {
    const auto token = kRoleTokens[t];
    if (kRoles[t] == 0 || std::count(kRoleTokens.begin(), kRoleTokens.end(), token) > 1) continue;
    auto summed = weights;
    for (std::size_t c = 0; c < C; ++c) {
      summed["embedding"][token * C + c] +=
          weights.at("role_embedding")[(kRoles[t] - std::size_t{1}) * C + c];
    }
    auto roles = kRoles;
    roles[t] = 0;
    EXPECT_THAT(forward(config, kWithRoles, summed, kRoleTokens, roles),
                testing::Pointwise(testing::DoubleNear(kRounding), logits))
        << t;
    ++compared;
  }
  EXPECT_EQ(compared, 4);
}

TEST(Reference, WithoutRolesAllTokensArePlayed) {
  const auto config = tiny(Attention::relative);
  const auto weights = random_weights(config, kWithRoles, 1);
  const std::vector<std::uint8_t> played(kRoleTokens.size(), 0);
  const auto logits = forward(config, kWithRoles, weights, kRoleTokens);
  EXPECT_EQ(logits, forward(config, kWithRoles, weights, kRoleTokens, played));
  EXPECT_NE(logits, forward(config, kWithRoles, weights, kRoleTokens, kRoles));
}

TEST(Reference, GradientsMatchFiniteDifferencesWithRolesAndTargets) {
  const TokenMarks marks{.roles = kRoles, .targets = kTargets};
  for (const bool tied : {false, true}) {
    auto config = tiny(Attention::relative);
    config.activation = Activation::gelu;
    config.tie_embeddings = tied;
    auto weights = random_weights(config, kWithRoles, 2);
    const auto gradients = backward(config, kWithRoles, weights, kRoleTokens, marks);
    for (auto& [name, values] : weights) {
      const auto& gradient = gradients.at(name);
      double largest = 0;
      for (const double g : gradient) largest = std::max(largest, std::abs(g));
      EXPECT_GT(largest, 0) << name;
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double value = values[i];
        values[i] = value + kStep;
        const double above = loss(config, kWithRoles, weights, kRoleTokens, marks);
        values[i] = value - kStep;
        const double below = loss(config, kWithRoles, weights, kRoleTokens, marks);
        values[i] = value;
        EXPECT_NEAR(gradient[i], (above - below) / (2 * kStep), kRelativeTolerance * largest)
            << name << "[" << i << "]";
      }
    }
  }
}

TEST(Reference, LossIsTheMeanOverTheTargets) {
  const auto config = tiny(Attention::relative);
  const auto weights = random_weights(config, kWithRoles, 2);
  const auto logits =
      forward(config, kWithRoles, weights, std::span(kRoleTokens).first(kRoleTokens.size() - 1),
              std::span<const std::uint8_t>(kRoles).first(kRoles.size() - 1));
  double sum = 0, count = 0;
  for (std::size_t t = 1; t < kRoleTokens.size(); ++t) {
    if (kTargets[t] == 0) continue;
    const std::uint16_t target = kRoleTokens[t];
    sum += cross_entropy(std::span(logits).subspan((t - 1) * V, V), std::span(&target, 1),
                         /*counts=*/{});
    ++count;
  }
  EXPECT_NEAR(
      loss(config, kWithRoles, weights, kRoleTokens, {.roles = kRoles, .targets = kTargets}),
      sum / count, kRounding);
}

TEST(ReferenceDeathTest, AbortsOnARoleThatTheModelDoesNotHave) {
  const auto config = tiny(Attention::relative);
  const auto weights = random_weights(config, V, 1);
  const std::vector<std::uint8_t> given = {0, 1};
  EXPECT_DEATH((void)forward(config, V, weights, Tokens{0, 1}, given), "does not have");
}

TEST(ReferenceDeathTest, AbortsOnATokenOutsideTheVocabulary) {
  const auto config = tiny(Attention::relative);
  const auto weights = random_weights(config, V, 1);
  EXPECT_DEATH((void)forward(config, V, weights, Tokens{0, V}), "outside the vocabulary");
}

}  // namespace
}  // namespace pno::model::reference
