#include "cli/field_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/config.h"

namespace pno::cli {
namespace {

using model::ModelConfig;
using testing::HasSubstr;

// Applies a command line to `before`.
ModelConfig parsed(const std::string& command_line, ModelConfig before = {}) {
  CLI::App app;
  TextFields given;
  add_field_flags<ModelConfig>(app, "Model", given);
  app.parse(command_line);
  const auto applied = apply_fields(given, before);
  EXPECT_TRUE(applied) << applied.error().message;
  return before;
}

std::string help() {
  CLI::App app;
  TextFields given;
  add_field_flags<ModelConfig>(app, "Model", given);
  return app.help();
}

TEST(FieldFlags, SetEveryKindOfField) {
  EXPECT_EQ(parsed("--layers 2 --dropout 0.25 --attention shaw --tie-embeddings"),
            (ModelConfig{.layers = 2,
                         .dropout = 0.25,
                         .attention = model::Attention::shaw,
                         .tie_embeddings = true}));
}

TEST(FieldFlags, FieldsThatAreNotGivenKeepTheirValues) {
  const ModelConfig preset{.layers = 3, .dropout = 0, .tie_embeddings = true};
  EXPECT_EQ(parsed("", preset), preset);
  EXPECT_EQ(parsed("--no-tie-embeddings", preset), (ModelConfig{.layers = 3, .dropout = 0}));
}

TEST(FieldFlags, NamesHaveDashes) {
  EXPECT_EQ(flag_name("attention_width"), "--attention-width");
}

TEST(FieldFlags, InvalidValuesAreErrors) {
  EXPECT_THROW(parsed("--layers two"), CLI::ValidationError);
  EXPECT_THROW(parsed("--layers 2.5"), CLI::ValidationError);
  EXPECT_THROW(parsed("--attention full"), CLI::ValidationError);
  EXPECT_THROW(parsed("--dropout="), CLI::ParseError);
}

TEST(FieldFlags, HelpShowsDefaultsAndChoices) {
  EXPECT_THAT(help(), HasSubstr("--attention-width N=256"));
  EXPECT_THAT(help(), HasSubstr("absolute, relative, relative_local, shaw"));
  EXPECT_THAT(help(), HasSubstr("--attention NAME=relative"));
}

}  // namespace
}  // namespace pno::cli
