#include "train/run/resume_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/config.h"
#include "train/config.h"

namespace pno::train {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ResumeRules, ChangesNeedAnOverrideOrAreImpossible) {
  const TextFields before = {{"model.layers", "4"},        {"model.dropout", "0.1"},
                             {"training.steps", "100"},    {"training.learning_rate", "0.1"},
                             {"training.vocabulary", "a"}, {"training.freeze", ""},
                             {"data.sources", "a"},        {"data.hash", "12"},
                             {"training.patience", "2"}};
  const TextFields now = {{"model.layers", "6"},        {"model.dropout", "0.2"},
                          {"training.steps", "200"},    {"training.learning_rate", "0.2"},
                          {"training.vocabulary", "b"}, {"training.freeze", "output"},
                          {"data.sources", "b"},        {"data.hash", "34"},
                          {"training.patience", "3"}};
  const auto changes = config_changes(before, now);
  EXPECT_THAT(changes.impossible,
              ElementsAre("model.layers was 4, is 6", "training.vocabulary was a, is b"));
  EXPECT_THAT(
      changes.needing_override,
      ElementsAre("data.hash was 12, is 34", "model.dropout was 0.1, is 0.2",
                  "training.freeze was '', is output", "training.learning_rate was 0.1, is 0.2"));
}

TEST(ResumeRules, TheSameConfigHasNoChanges) {
  const TextFields config = {{"model.layers", "4"}, {"training.batch", "8"}};
  const auto changes = config_changes(config, config);
  EXPECT_THAT(changes.impossible, IsEmpty());
  EXPECT_THAT(changes.needing_override, IsEmpty());
}

TEST(ResumeRules, AMissingFieldIsAChange) {
  EXPECT_THAT(config_changes({}, {{"model.new", "1"}}).impossible,
              ElementsAre("model.new was absent, is 1"));
}

// Checkpoints that are older than the field are of runs in float32.
TEST(ResumeRules, AFieldThatIsNewerThanTheCheckpointHasItsOldValue) {
  EXPECT_THAT(config_changes({}, {{"training.precision", "f32"}}).needing_override, IsEmpty());
  EXPECT_THAT(config_changes({}, {{"training.precision", "bf16"}}).needing_override,
              ElementsAre("training.precision was f32, is bf16"));
}

TEST(ResumeRules, OlderCheckpointsAreOfThePlainLossAndOfCropsFromNotes) {
  EXPECT_THAT(config_changes({}, {{"training.grammar_weight", "1"}, {"training.crops", "notes"}})
                  .needing_override,
              IsEmpty());
  EXPECT_THAT(
      config_changes({}, {{"training.grammar_weight", "0.1"}, {"training.crops", "tokens"}})
          .needing_override,
      ElementsAre("training.crops was notes, is tokens", "training.grammar_weight was 1, is 0.1"));
}

// The model that a run began from is in its checkpoint: it may be left out, but not changed.
TEST(ResumeRules, TheFirstModelMayBeLeftOut) {
  const TextFields before = {{"init.hash", "12"}};
  EXPECT_THAT(config_changes(before, {}).impossible, IsEmpty());
  EXPECT_THAT(config_changes(before, {{"init.hash", "34"}}).impossible,
              ElementsAre("init.hash was 12, is 34"));
}

}  // namespace
}  // namespace pno::train
