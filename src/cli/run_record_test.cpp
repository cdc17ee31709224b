#include "cli/run_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/preset.h"

namespace pno::cli {
namespace {

using testing::HasSubstr;

TEST(RunRecord, IsAPresetThatGivesTheSameFields) {
  const RunRecord record{.version = "0.2.0",
                         .commit = "5f3ffe4",
                         .folder = "/home/me/my \"best\" runs",
                         .commands = {"pno train a.notes -o run", "pno train --resume run"},
                         .datasets = {"/music/a.notes", "/music/tab\there\\b.notes:3"},
                         .settings = {{"checkpoint_minutes", "2.5"}, {"device", "cpu"}}};
  const model::ModelConfig model{.layers = 2, .dropout = 0.1, .tie_embeddings = true};
  const train::TrainConfig train{.steps = 77, .learning_rate = 1.0 / 3, .freeze = "embedding"};
  const auto text = record_text("my runs/config.toml", record, model, train);
  EXPECT_THAT(text, HasSubstr("# pno train --preset 'my runs/config.toml' -o NEW repeats"));

  model::ModelConfig model_again;
  train::TrainConfig train_again;
  RunRecord again;
  const auto read = apply_preset_text("config.toml", text, model_again, train_again, &again);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(model_again, model);
  EXPECT_EQ(train_again, train);
  EXPECT_EQ(again.version, record.version);
  EXPECT_EQ(again.commit, record.commit);
  EXPECT_EQ(again.folder, record.folder);
  EXPECT_EQ(again.commands, record.commands);
  EXPECT_EQ(again.datasets, record.datasets);
  EXPECT_EQ(again.settings, record.settings);
}

TEST(RunRecord, BadEntriesAreErrorsWithTheirLine) {
  model::ModelConfig model;
  train::TrainConfig train;
  RunRecord record;
  const auto error = [&](const char* text) {
    return apply_preset_text("config.toml", text, model, train, &record).error().message;
  };
  EXPECT_EQ(error("[run]\ndatasets = 'a.notes'\n"), "config.toml:2: datasets is not a list");
  EXPECT_THAT(error("[run]\n\ndevice = ['cpu']\n"),
              HasSubstr("config.toml:3: device is not a number"));
}

TEST(ShellText, QuotesWhatAShellWouldChange) {
  const std::vector<std::string> arguments = {"pno",  "train", "my music.notes",
                                              "it's", "",      "a=b:3"};
  EXPECT_EQ(shell_text(arguments), "pno train 'my music.notes' 'it'\\''s' '' a=b:3");
}

TEST(OwnArguments, AreThoseOfThisTest) {
  const auto arguments = own_arguments();
  ASSERT_FALSE(arguments.empty());
  EXPECT_THAT(arguments.front(), HasSubstr("cli_test"));
}

}  // namespace
}  // namespace pno::cli
