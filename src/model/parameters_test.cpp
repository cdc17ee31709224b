#include "model/parameters.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace pno::model {
namespace {

constexpr ModelConfig kTiny{
    .layers = 2, .heads = 2, .width = 6, .attention_width = 8, .ff_width = 10, .max_distance = 5};

std::vector<std::string> names(const ModelConfig& config) {
  std::vector<std::string> all;
  for (const auto& parameter : parameters(config, 7)) all.push_back(parameter.name);
  return all;
}

const Parameter& find(const std::vector<Parameter>& list, std::string_view name) {
  return *std::find_if(list.begin(), list.end(), [&](const auto& p) { return p.name == name; });
}

TEST(Parameters, NamesAndShapesAreFixed) {
  auto config = kTiny;
  config.layers = 1;
  config.attention = Attention::shaw;
  std::vector<std::string> lines;
  for (const auto& parameter : parameters(config, 7)) {
    lines.push_back(fmt::format("{} {}", parameter.name, fmt::join(parameter.shape, "x")));
  }
  EXPECT_THAT(lines,
              testing::ElementsAre("embedding 7x6", "layers.0.attention_norm.weight 6",
                                   "layers.0.attention_norm.bias 6", "layers.0.qkv.weight 24x6",
                                   "layers.0.relative_keys 2x5x4", "layers.0.relative_values 2x5x4",
                                   "layers.0.attention_out.weight 6x8", "layers.0.ff_norm.weight 6",
                                   "layers.0.ff_norm.bias 6", "layers.0.ff_in.weight 10x6",
                                   "layers.0.ff_in.bias 10", "layers.0.ff_out.weight 6x10",
                                   "layers.0.ff_out.bias 6", "final_norm.weight 6",
                                   "final_norm.bias 6", "output.weight 7x6", "output.bias 7"));
}

// 9 inputs, of which 7 are outputs.
TEST(Parameters, RolesHaveVectorsAndOutputsAreFewerThanInputs) {
  std::vector<std::string> lines;
  auto config = kTiny;
  config.layers = 1;
  for (const auto& parameter : parameters(config, {9, 7})) {
    lines.push_back(fmt::format("{} {}", parameter.name, fmt::join(parameter.shape, "x")));
  }
  EXPECT_THAT(std::vector(lines.begin(), lines.begin() + 3),
              testing::ElementsAre("embedding 9x6", "role_embedding 3x6",
                                   "layers.0.attention_norm.weight 6"));
  EXPECT_THAT(std::vector(lines.end() - 2, lines.end()),
              testing::ElementsAre("output.weight 7x6", "output.bias 7"));
  EXPECT_EQ(parameter_count(config, {9, 7}), parameter_count(config, 7) + 2 * 6 + 3 * 6);
  config.tie_embeddings = true;
  EXPECT_EQ(parameter_count(config, {9, 7}), parameter_count(config, 7) + 2 * 6 + 3 * 6);
}

// So that a model with roles starts as the model of `played` alone.
TEST(Parameters, RoleVectorsStartAtZero) {
  const auto list = parameters(kTiny, {9, 7});
  EXPECT_THAT(initial_values(find(list, "role_embedding"), 1, 1), testing::Each(0.0));
  EXPECT_EQ(find(list, "role_embedding").matrices, 0);
}

TEST(Parameters, MatricesOfALayerAreCounted) {
  std::vector<std::string> lines;
  auto config = kTiny;
  config.layers = 1;
  for (const auto& parameter : parameters(config, 7)) {
    if (parameter.matrices > 0) {
      lines.push_back(fmt::format("{} {}", parameter.name, parameter.matrices));
    }
  }
  EXPECT_THAT(lines, testing::ElementsAre(fmt::format("layers.0.qkv.weight {}", 3 * kTiny.heads),
                                          "layers.0.attention_out.weight 1",
                                          "layers.0.ff_in.weight 1", "layers.0.ff_out.weight 1"));
}

// Relative tables that are not parameters would not be trained or saved.
TEST(Parameters, RelativeTablesAreParametersOfEveryLayer) {
  for (const auto kind : {Attention::relative, Attention::relative_local, Attention::shaw}) {
    auto config = kTiny;
    config.attention = kind;
    EXPECT_THAT(names(config),
                testing::IsSupersetOf({"layers.0.relative_keys", "layers.1.relative_keys"}));
  }
  EXPECT_THAT(names(kTiny), testing::Not(testing::Contains("layers.0.relative_values")));
  auto absolute = kTiny;
  absolute.attention = Attention::absolute;
  EXPECT_THAT(names(absolute), testing::Each(testing::Not(testing::HasSubstr("relative"))));
}

TEST(Parameters, TiedEmbeddingsHaveNoOutputMatrix) {
  auto config = kTiny;
  config.tie_embeddings = true;
  EXPECT_THAT(names(config), testing::Not(testing::Contains("output.weight")));
  EXPECT_THAT(names(config), testing::Contains("output.bias"));
}

TEST(Parameters, PaperPresetHas12Point8Million) {
  const ModelConfig paper{.layers = 6,
                          .heads = 8,
                          .width = 256,
                          .attention_width = 512,
                          .ff_width = 2048,
                          .context = 2048,
                          .max_distance = 1024};
  EXPECT_EQ(parameter_count(paper, 390), 12'803'462);
}

// Layers must not start as copies of each other.
TEST(Parameters, StartWithDifferentValues) {
  std::set<std::vector<double>> seen;
  std::uint64_t stream = 0;
  for (const auto& parameter : parameters(kTiny, 7)) {
    const auto values = initial_values(parameter, 1, stream++);
    if (parameter.init != Parameter::Init::normal) continue;
    EXPECT_TRUE(seen.insert({values.begin(), values.begin() + 4}).second) << parameter.name;
  }
}

TEST(Parameters, SeedDeterminesTheValues) {
  const auto list = parameters(kTiny, 7);
  EXPECT_EQ(initial_values(list[0], 1, 0), initial_values(list[0], 1, 0));
  EXPECT_NE(initial_values(list[0], 1, 0), initial_values(list[0], 2, 0));
}

TEST(Parameters, BiasesStartAtZeroAndNormsAtOne) {
  for (const auto& parameter : parameters(kTiny, 7)) {
    if (parameter.init == Parameter::Init::normal) continue;
    const double expected = parameter.name.ends_with("norm.weight") ? 1 : 0;
    EXPECT_THAT(initial_values(parameter, 1, 0), testing::Each(expected)) << parameter.name;
  }
}

TEST(Parameters, StartWithTheirStandardDeviation) {
  constexpr double kFiveSigma = 5;  // of the variance of n normal draws: sqrt(2/n)
  const ModelConfig config{.layers = 2};
  const auto list = parameters(config, 390);
  for (const auto* name : {"embedding", "layers.1.qkv.weight", "layers.0.relative_keys",
                           "layers.1.attention_out.weight", "layers.0.ff_out.weight"}) {
    const auto& parameter = find(list, name);
    const auto values = initial_values(parameter, 3, 0);
    double squares = 0;
    for (const double value : values) squares += value * value;
    const auto count = static_cast<double>(values.size());
    const double variance = parameter.stddev * parameter.stddev;
    EXPECT_NEAR(squares / count / variance, 1, kFiveSigma * std::sqrt(2 / count)) << name;
  }
  // Four residual branches share a variance of 1.
  EXPECT_DOUBLE_EQ(find(list, "layers.0.attention_out.weight").stddev, 1 / std::sqrt(4 * 256.0));
  EXPECT_DOUBLE_EQ(find(list, "layers.0.ff_out.weight").stddev, std::sqrt(2 / (4 * 1024.0)));
}

}  // namespace
}  // namespace pno::model
