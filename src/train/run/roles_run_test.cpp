// Complete runs of models with roles.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "corpus/examples/test_examples.h"
#include "events/stored_vocabulary.h"
#include "train/run/run_vocabulary.h"
#include "train/trainer_test_fixture.h"

namespace pno::train {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class RolesRun : public TrainerTest {
 protected:
  void SetUp() override {
    TrainerTest::SetUp();
    auto pieces = corpus::random_pieces(6, 1000);
    pieces[4].info.split = pieces[5].info.split = corpus::Split::validation;
    ASSERT_TRUE(corpus::write_dataset(folder_ / "random.notes", pieces));
  }
  TrainOptions with_roles(const std::string& run = "run") const {
    auto with = options(run);
    with.datasets = {{folder_ / "random.notes"}};
    with.model.context = 320;
    with.train.vocabulary = "performance+";
    with.train.validation_windows = 4;
    return with;
  }
  events::StoredVocabulary vocabulary_in(const std::string& run) const {
    const auto file = model::ModelFile::open(folder_ / run / "model.safetensors");
    EXPECT_TRUE(file) << file.error().message;
    return *events::get_vocabulary(file->metadata());
  }
};

TEST_F(RolesRun, WritesAModelWithRolesAndLossesByTask) {
  auto with = with_roles();
  with.train.validation_examples = 2;
  with.train.batch = 8;  // some of each task
  const auto result = train(with, {});
  ASSERT_TRUE(result) << result.error().message;
  const auto file = model::ModelFile::open(with.run / "model.safetensors");
  ASSERT_TRUE(file) << file.error().message;
  const auto stored = vocabulary_in("run");
  EXPECT_THAT(stored.composers, ElementsAre("other"));  // no composer has 40 pieces
  EXPECT_EQ(file->vocabulary_size(),
            model::VocabularySize(stored.ids.inputs(), stored.ids.outputs()));
  // They began at zero.
  const auto roles = table("run", "role_embedding");
  EXPECT_EQ(roles.size(), 3U * 16U);
  EXPECT_EQ(std::ranges::count(roles, 0.0F), 0);
  const auto metrics = bytes("run/metrics.jsonl");
  for (const auto* name :
       {"plain", "infill_past", "infill_middle", "accompany", "realise", "duet"}) {
    EXPECT_THAT(metrics, HasSubstr(fmt::format("\"validation_nll_{}\":", name)));
    EXPECT_THAT(metrics, HasSubstr(fmt::format("\"validation_nll_grammar_{}\":", name)));
  }
  EXPECT_THAT(metrics, HasSubstr("\"train_nll_infill_middle\":"));
  EXPECT_THAT(metrics, HasSubstr("\"train_nll_grammar_plain\":"));
}

TEST_F(RolesRun, AModelWithoutRolesHasNoLossesByTask) {
  ASSERT_TRUE(train(options(), {}));
  EXPECT_THAT(bytes("run/metrics.jsonl"), Not(HasSubstr("nll_plain")));
}

TEST_F(RolesRun, ResumesBitForBit) {
  auto with = with_roles("whole");
  with.train.optimizer = OptimizerKind::muon;
  with.train.grammar_weight = 0.1;
  with.train.accumulate = 2;
  with.train.task_infill = 1;
  ASSERT_TRUE(train(with, {}));
  with.run = folder_ / "parts";
  ASSERT_FALSE(stop_after(with, 7));
  set_interrupted(false);
  with.resume = true;
  const auto parts = train(with, {});
  ASSERT_TRUE(parts) << parts.error().message;
  EXPECT_EQ(bytes("whole/model.safetensors"), bytes("parts/model.safetensors"));
  const auto last = "/checkpoint/step-000000012.safetensors";
  EXPECT_EQ(bytes(std::string("whole") + last), bytes(std::string("parts") + last));
}

TEST_F(RolesRun, TheWeightsOfTasksAreThoseOfTheRun) {
  auto with = with_roles();
  with.train.task_plain = with.train.task_accompany = with.train.task_realise = 0;
  with.train.task_duet = 1;
  with.train.task_infill = 0;
  ASSERT_TRUE(train(with, {}));
  EXPECT_THAT(bytes("run/metrics.jsonl"), HasSubstr("train_nll_duet"));
  EXPECT_THAT(bytes("run/metrics.jsonl"), Not(HasSubstr("train_nll_plain")));
  with.resume = true;
  with.train.steps = 14;
  with.train.task_plain = 1;
  EXPECT_THAT(failure(with), HasSubstr("training.task_plain was 0, is 1"));
  with.override_config = true;
  EXPECT_EQ(failure(with), "no failure");
}

TEST_F(RolesRun, WeightsThatDoNotFitTheVocabularyAreRefused) {
  auto with = options();
  with.train.task_infill = 0.5;
  EXPECT_THAT(failure(with), HasSubstr("the vocabulary is 'performance'; use 'performance+'"));
  with = with_roles();
  with.train.task_duet = -1;
  EXPECT_THAT(failure(with), HasSubstr("task_duet is -1"));
  with = with_roles();
  with.train.task_plain = with.train.task_infill = with.train.task_accompany = 0;
  with.train.task_realise = with.train.task_duet = 0;
  EXPECT_THAT(failure(with), HasSubstr("all tasks have the weight 0"));
  with = with_roles();
  with.train.crops = CropStart::tokens;
  EXPECT_THAT(failure(with), HasSubstr("crops is tokens"));
  with = with_roles();
  with.train.vocabulary = "music+";
  EXPECT_THAT(failure(with), HasSubstr("vocabulary: 'music' is not a vocabulary"));
}

TEST_F(RolesRun, ParametersOfRolesMayBeFrozen) {
  auto with = with_roles();
  with.train.freeze = "role_embedding";
  ASSERT_TRUE(train(with, {}));
  const auto roles = table("run", "role_embedding");
  EXPECT_EQ(std::ranges::count(roles, 0.0F), std::ssize(roles));
  with = options("plain");
  with.train.freeze = "role_embedding";
  EXPECT_THAT(failure(with), HasSubstr("'role_embedding' matches no parameter"));
}

// All that the first model has is copied; the rest begins as in a new model.
TEST_F(RolesRun, BeginsFromAModelWithoutRoles) {
  for (const bool tied : {false, true}) {
    SCOPED_TRACE(tied);
    auto with = options(fmt::format("plain {}", tied));
    with.model.tie_embeddings = tied;
    ASSERT_TRUE(train(with, {}));
    const auto name = with.run.filename().string();
    auto tuned = with_roles(fmt::format("tuned {}", tied));
    tuned.model.tie_embeddings = tied;
    tuned.init_from = with.run / "model.safetensors";
    tuned.train.learning_rate = 1e-12;
    tuned.train.steps = 1;
    const auto result = train(tuned, {});
    ASSERT_TRUE(result) << result.error().message;
    const auto run = tuned.run.filename().string();
    const auto copied = [&](std::string_view parameter, bool has_more) {
      const auto before = table(name, parameter), after = table(run, parameter);
      ASSERT_EQ(after.size() > before.size(), has_more) << parameter;
      for (std::size_t i = 0; i < before.size(); ++i) {
        ASSERT_NEAR(before[i], after[i], 1e-9) << parameter << i;
      }
    };
    copied("embedding", true);
    copied("output.bias", true);
    copied("layers.1.qkv.weight", false);
    if (tied) continue;
    copied("output.weight", true);
    const auto output = table(run, "output.weight");
    EXPECT_EQ(output.size(), 391U * 16U);
    EXPECT_EQ(std::count(output.end() - 16, output.end(), 0.0F), 0);  // END
  }
}

// The ids of composers are those of the first model, whatever the new datasets hold.
TEST_F(RolesRun, BeginsFromAModelWithRolesAndKeepsItsComposers) {
  auto chopin = corpus::random_pieces(41, 30);
  chopin.back().info.split = corpus::Split::validation;
  ASSERT_TRUE(corpus::write_dataset(folder_ / "chopin.notes", chopin));
  auto with = with_roles("first");
  with.datasets = {{folder_ / "chopin.notes"}};
  ASSERT_TRUE(train(with, {}));
  ASSERT_THAT(vocabulary_in("first").composers, ElementsAre("other", "Chopin"));
  auto tuned = with_roles("tuned");
  tuned.init_from = folder_ / "first/model.safetensors";
  tuned.train.steps = 2;
  ASSERT_EQ(failure(tuned), "no failure");
  EXPECT_THAT(vocabulary_in("tuned").composers, ElementsAre("other", "Chopin"));
  // A resumed run does not need the first model.
  tuned.resume = true;
  tuned.init_from.clear();
  tuned.train.steps = 3;
  ASSERT_EQ(failure(tuned), "no failure");
  EXPECT_THAT(vocabulary_in("tuned").composers, ElementsAre("other", "Chopin"));
  // A model without roles cannot begin from it.
  auto plain = options("plain");
  plain.model.context = tuned.model.context;
  plain.init_from = folder_ / "first/model.safetensors";
  EXPECT_THAT(failure(plain), HasSubstr("its vocabulary has roles, the one asked for has not"));
}

TEST(RunVocabulary, HasTheComposersOfFortyPieces) {
  for (const std::size_t pieces : {39U, 40U}) {
    const std::array datasets = {corpus::dataset_of(corpus::random_pieces(pieces, 5))};
    TrainConfig config{.vocabulary = "performance+"};
    const auto with_roles = vocabulary_of(config, datasets);
    ASSERT_TRUE(with_roles);
    EXPECT_EQ(with_roles->ids.has_roles, true);
    EXPECT_EQ(with_roles->composers.size(), pieces < 40 ? 1U : 2U);
    config.vocabulary = "performance";
    EXPECT_EQ(vocabulary_of(config, datasets)->ids, events::kPerformance);
  }
}

}  // namespace
}  // namespace pno::train
