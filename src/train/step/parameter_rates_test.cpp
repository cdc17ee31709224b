#include "train/step/parameter_rates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "model/config.h"

namespace pno::train {
namespace {

using testing::HasSubstr;

std::vector<model::Parameter> parameters_of_four_layers() {
  const model::ModelConfig config{.layers = 4,
                                  .heads = 2,
                                  .width = 8,
                                  .attention_width = 8,
                                  .ff_width = 16,
                                  .context = 16,
                                  .max_distance = 16};
  return model::parameters(config, 390);
}

std::map<std::string, double> factors(std::string_view freeze, std::string_view rates) {
  const auto list = parameters_of_four_layers();
  const auto found = rate_factors(list, freeze, rates);
  EXPECT_TRUE(found) << found.error().message;
  std::map<std::string, double> by_name;
  for (std::size_t i = 0; i < list.size(); ++i) by_name[list[i].name] = (*found)[i];
  return by_name;
}

std::string complaint(std::string_view freeze, std::string_view rates) {
  const auto found = rate_factors(parameters_of_four_layers(), freeze, rates);
  if (found) return "no failure";
  EXPECT_EQ(found.error().kind, Error::Kind::usage);
  return found.error().message;
}

TEST(ParameterRates, AllFactorsAreOneByDefault) {
  for (const auto& [name, factor] : factors("", "")) EXPECT_EQ(factor, 1) << name;
}

TEST(ParameterRates, GroupMatchesTheBeginningOfNames) {
  const auto by_name = factors("embedding,layers.1-2", "output=2,layers.3.qkv=0.5");
  EXPECT_EQ(by_name.at("embedding"), 0);
  EXPECT_EQ(by_name.at("layers.0.qkv.weight"), 1);
  EXPECT_EQ(by_name.at("layers.1.qkv.weight"), 0);
  EXPECT_EQ(by_name.at("layers.2.ff_out.bias"), 0);
  EXPECT_EQ(by_name.at("layers.3.qkv.weight"), 0.5);
  EXPECT_EQ(by_name.at("layers.3.ff_in.weight"), 1);
  EXPECT_EQ(by_name.at("output.weight"), 2);
  EXPECT_EQ(by_name.at("final_norm.bias"), 1);
}

TEST(ParameterRates, StarMatchesAnyLayer) {
  const auto by_name = factors("layers.*.relative_keys", "");
  EXPECT_EQ(by_name.at("layers.0.relative_keys"), 0);
  EXPECT_EQ(by_name.at("layers.3.relative_keys"), 0);
  EXPECT_EQ(by_name.at("layers.3.qkv.weight"), 1);
}

TEST(ParameterRates, LastGroupCountsAndFreezeOverridesRates) {
  const auto by_name = factors("layers.2", "layers.0-3=0.1,layers.3=0.7,layers.2=4");
  EXPECT_EQ(by_name.at("layers.0.qkv.weight"), 0.1);
  EXPECT_EQ(by_name.at("layers.3.qkv.weight"), 0.7);
  EXPECT_EQ(by_name.at("layers.2.qkv.weight"), 0);
}

TEST(ParameterRates, BadGroupsAreErrors) {
  EXPECT_THAT(complaint("emb", ""), HasSubstr("'emb' matches no parameter"));
  EXPECT_THAT(complaint("emb", ""), HasSubstr("layers.0-3"));
  EXPECT_THAT(complaint("layers.4", ""), HasSubstr("'layers.4' matches no parameter"));
  EXPECT_THAT(complaint("layers.5-9", ""), HasSubstr("'layers.5-9' matches no parameter"));
  EXPECT_THAT(complaint("output,", ""), HasSubstr("'' matches no parameter"));
  EXPECT_THAT(complaint("", "output"), HasSubstr("'output' is not GROUP=FACTOR with a factor"));
  EXPECT_THAT(complaint("", "output=-1"), HasSubstr("'output=-1' is not GROUP=FACTOR"));
  EXPECT_THAT(complaint("", "output=nan"), HasSubstr("'output=nan' is not GROUP=FACTOR"));
  EXPECT_THAT(complaint("embedding,layers,final_norm,output", ""), HasSubstr("leave no parameter"));
}

}  // namespace
}  // namespace pno::train
