#include "model/config.h"

#include <gtest/gtest.h>

#include <limits>

namespace pno::model {
namespace {

std::string complaint(const ModelConfig& config) {
  const auto valid = config.validate();
  return valid ? "" : valid.error().message;
}

TEST(ModelConfig, DefaultIsValid) {
  EXPECT_EQ(complaint({}), "");
}

TEST(ModelConfig, ErrorNamesAFieldOutOfRangeAndItsRange) {
  EXPECT_EQ(complaint({.layers = 0}), "layers is 0; it must be 1 to 128");
  EXPECT_EQ(complaint({.heads = -8}), "heads is -8; it must be 1 to 128");
  EXPECT_EQ(complaint({.width = 16385}), "width is 16385; it must be 1 to 16384");
  EXPECT_EQ(complaint({.attention_width = 0}), "attention_width is 0; it must be 1 to 16384");
  EXPECT_EQ(complaint({.ff_width = 65537}), "ff_width is 65537; it must be 1 to 65536");
  EXPECT_EQ(complaint({.context = 1}), "context is 1; it must be 2 to 262144");
  EXPECT_EQ(complaint({.max_distance = std::numeric_limits<int>::max()}),
            "max_distance is 2147483647; it must be 1 to 262144");
  EXPECT_EQ(complaint({.block = 0}), "block is 0; it must be 1 to 262144");
}

TEST(ModelConfig, HeadsMustDivideTheAttentionWidth) {
  EXPECT_EQ(complaint({.heads = 3, .attention_width = 256}),
            "attention_width is 256; it must be a multiple of heads, 3");
}

TEST(ModelConfig, DropoutIsBelowOne) {
  EXPECT_EQ(complaint({.dropout = 0}), "");
  EXPECT_EQ(complaint({.dropout = 0.999}), "");
  EXPECT_EQ(complaint({.dropout = 1}), "dropout is 1; it must be at least 0 and less than 1");
  EXPECT_NE(complaint({.dropout = -0.1}), "");
  EXPECT_NE(complaint({.dropout = std::numeric_limits<double>::quiet_NaN()}), "");
}

TEST(ModelConfig, OnlyAbsoluteAttentionHasSinusoidsByDefault) {
  EXPECT_TRUE(ModelConfig{.attention = Attention::absolute}.has_sinusoids());
  EXPECT_FALSE(ModelConfig{.attention = Attention::relative}.has_sinusoids());
  EXPECT_FALSE(
      (ModelConfig{.attention = Attention::absolute, .position = Position::none}).has_sinusoids());
  EXPECT_TRUE((ModelConfig{.attention = Attention::shaw, .position = Position::sinusoidal})
                  .has_sinusoids());
}

TEST(ModelConfig, EveryFieldSurvivesTheRoundTripThroughText) {
  const ModelConfig config{.layers = 1,
                           .heads = 2,
                           .width = 3,
                           .attention_width = 4,
                           .ff_width = 5,
                           .context = 6,
                           .max_distance = 7,
                           .block = 8,
                           .dropout = 0.9,
                           .attention = Attention::shaw,
                           .position = Position::sinusoidal,
                           .activation = Activation::gelu,
                           .tie_embeddings = true};
  TextFields text;
  put_fields(config, "model.", text);
  EXPECT_EQ(get_fields<ModelConfig>("model.", text).value(), config);
}

}  // namespace
}  // namespace pno::model
