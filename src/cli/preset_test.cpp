#include "cli/preset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"

namespace pno::cli {
namespace {

using testing::HasSubstr;

struct Configs {
  model::ModelConfig model;
  train::TrainConfig train;
};

std::string error_of(std::string_view toml) {
  Configs configs;
  const auto applied = apply_preset_text("mine.toml", toml, configs.model, configs.train);
  return applied ? "" : applied.error().message;
}

TEST(Preset, SetsItsFieldsAndKeepsTheOthers) {
  Configs configs;
  const auto applied = apply_preset_text("mine.toml",
                                         "[model]\n"
                                         "layers = 2\n"
                                         "dropout = 0\n"
                                         "attention = 'shaw'\n"
                                         "tie_embeddings = true\n"
                                         "[train]\n"
                                         "learning_rate = 2.5e-4\n",
                                         configs.model, configs.train);
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_EQ(
      configs.model,
      (model::ModelConfig{
          .layers = 2, .dropout = 0, .attention = model::Attention::shaw, .tie_embeddings = true}));
  EXPECT_EQ(configs.train, (train::TrainConfig{.learning_rate = 2.5e-4}));
}

TEST(Preset, UnknownKeyIsAnErrorWithLineAndNearestName) {
  EXPECT_EQ(error_of("[model]\nlayers = 2\nhaeds = 4\n"),
            "mine.toml:3: there is no 'haeds'; did you mean 'heads'?");
  EXPECT_THAT(error_of("[train]\nlayers = 2\n"), HasSubstr("there is no 'layers'"));
}

TEST(Preset, BadValueIsAnErrorWithItsLine) {
  EXPECT_THAT(error_of("[model]\nlayers = 'many'\n"), HasSubstr("mine.toml:2: layers: 'many'"));
  EXPECT_THAT(error_of("[model]\nlayers = 2.5\n"), HasSubstr("layers: '2.5'"));
  EXPECT_THAT(error_of("[model]\nlayers = [2]\n"), HasSubstr("layers is not a number"));
}

TEST(Preset, KeyOutsideTheTablesIsAnError) {
  EXPECT_THAT(error_of("layers = 2\n"), HasSubstr("outside the tables"));
  EXPECT_THAT(error_of("[modle]\nlayers = 2\n"), HasSubstr("'modle' is outside"));
}

TEST(Preset, InvalidTomlIsAnErrorWithItsLine) {
  EXPECT_THAT(error_of("[model\n"), HasSubstr("mine.toml:1: not valid TOML"));
}

TEST(Preset, UnknownNameIsAnErrorThatListsThePresets) {
  Configs configs;
  const auto applied = apply_preset("papre", configs.model, configs.train);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().kind, Error::Kind::usage);
  EXPECT_THAT(applied.error().message, HasSubstr(preset_names()));
}

TEST(Preset, ReadsAFile) {
  const auto path = std::filesystem::temp_directory_path() / "pno-preset-test.toml";
  ASSERT_TRUE(replace_file(path, std::string_view("[model]\nheads = 2\n")));
  Configs configs;
  const auto applied = apply_preset(path.string(), configs.model, configs.train);
  std::filesystem::remove(path);
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_EQ(configs.model.heads, 2);
  EXPECT_FALSE(apply_preset(path.string(), configs.model, configs.train));
}

TEST(Preset, EmbeddedPresetsAreValid) {
  ASSERT_FALSE(embedded_presets().empty());
  for (const auto& preset : embedded_presets()) {
    Configs configs;
    const auto applied = apply_preset(std::string(preset.name), configs.model, configs.train);
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_TRUE(configs.model.validate()) << preset.name;
  }
}

// docs/design.md section 4.
TEST(Preset, PaperHasTheModelOfThePaper) {
  Configs configs;
  ASSERT_TRUE(apply_preset("paper", configs.model, configs.train));
  EXPECT_EQ(configs.model.layers, 6);
  EXPECT_EQ(configs.model.heads, 8);
  EXPECT_EQ(configs.model.width, 256);
  EXPECT_EQ(configs.model.attention_width, 512);
  EXPECT_EQ(configs.model.ff_width, 2048);
  EXPECT_EQ(configs.model.context, 2048);
  EXPECT_EQ(configs.model.max_distance, 1024);
}

}  // namespace
}  // namespace pno::cli
