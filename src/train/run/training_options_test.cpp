// Options of a run: its length, its first model, averaged weights, samples. Each has its effect,
// and a resumed run equals an uninterrupted one bit for bit.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train/trainer_test_fixture.h"

namespace pno::train {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class TrainingOptions : public TrainerTest {
 protected:
  // An uninterrupted run and one that stopped in the middle leave the same files.
  void expect_same_when_resumed(TrainOptions with) const {
    with.run = folder_ / "whole";
    const auto whole = train(with, {});
    ASSERT_TRUE(whole) << whole.error().message;
    with.run = folder_ / "parts";
    ASSERT_FALSE(stop_after(with, 7));
    set_interrupted(false);
    with.resume = true;
    const auto parts = train(with, {});
    ASSERT_TRUE(parts) << parts.error().message;
    EXPECT_EQ(whole->steps, parts->steps);
    EXPECT_EQ(whole->ending, parts->ending);
    EXPECT_EQ(bytes("whole/model.safetensors"), bytes("parts/model.safetensors"));
    const auto last = fmt::format("/checkpoint/step-{:09}.safetensors", whole->steps);
    EXPECT_EQ(bytes("whole" + last), bytes("parts" + last));
  }
  TrainOptions longer() const {
    auto with = options();
    with.train.steps = 20;
    with.train.validation_steps = 4;
    return with;
  }
};

TEST_F(TrainingOptions, EveryOptionResumesBitForBit) {
  auto with = longer();
  with.train.batch_tokens = 128;
  with.train.ema_decay = 0.9;
  with.train.layer_rates = "layers.1=0.3";
  with.train.freeze = "embedding";
  with.train.label_smoothing = 0.1;
  with.train.weight_decay = 0.1;
  with.train.accumulate = 2;
  with.train.epochs = 1.5;
  with.train.patience = 50;
  expect_same_when_resumed(with);
}

TEST_F(TrainingOptions, MuonWithWsdResumesBitForBit) {
  auto with = longer();
  with.train.optimizer = OptimizerKind::muon;
  with.train.schedule = Schedule::wsd;
  with.train.weight_decay = 0.1;
  with.train.final_decay = 2;
  expect_same_when_resumed(with);
}

TEST_F(TrainingOptions, TheLossWithGrammarAndCropsFromTokensResumeBitForBit) {
  auto with = longer();
  with.train.grammar_weight = 0.1;
  with.train.crops = CropStart::tokens;
  expect_same_when_resumed(with);
}

TEST_F(TrainingOptions, PatienceEndsARunThatNoLongerImproves) {
  auto with = longer();
  with.train.steps = 400;
  with.train.validation_steps = 2;
  with.train.patience = 3;
  with.train.schedule = Schedule::constant;
  with.train.learning_rate = 0.5;
  expect_same_when_resumed(with);
  std::vector<double> nlls;
  with.run = folder_ / "third";
  const auto result = train(with, [&](const StepReport& report) {
    if (report.validated) nlls.push_back(*report.validation_nll);
  });
  ASSERT_TRUE(result);
  EXPECT_EQ(result->ending, Ending::patience);
  ASSERT_GT(nlls.size(), 3U);
  EXPECT_EQ(std::min_element(nlls.begin(), nlls.end()), nlls.end() - 4);
}

TEST_F(TrainingOptions, EpochsEndARunAndTheCosineWithIt) {
  auto with = longer();
  with.train.epochs = 0.5;
  with.train.steps = 0;
  double rate = 1;
  const auto result = train(with, [&](const StepReport& report) { rate = report.learning_rate; });
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->ending, Ending::epochs);
  EXPECT_NEAR(rate, with.train.learning_rate / 10, 1e-9);
}

TEST_F(TrainingOptions, MinutesEndARunWithoutANumberOfSteps) {
  auto with = longer();
  with.train.steps = 0;
  with.train.schedule = Schedule::noam;
  with.max_minutes = 0.3 / 60;
  std::optional<double> left;
  const auto result = train(with, [&](const StepReport& report) {
    EXPECT_EQ(report.steps, 0);
    left = report.seconds_left;
  });
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->ending, Ending::minutes);
  ASSERT_TRUE(left);
  EXPECT_LT(*left, 0.3);
}

TEST_F(TrainingOptions, ARunWithoutAnEndIsRefused) {
  auto with = longer();
  with.train.steps = 0;
  with.train.schedule = Schedule::constant;
  EXPECT_THAT(failure(with), HasSubstr("would never end"));
}

// The averaged weights are validated and saved, not those that the optimiser updates.
TEST_F(TrainingOptions, TheSavedModelIsTheAverage) {
  auto with = longer();
  with.train.validation_steps = 20;
  with.train.ema_decay = 0.9;
  ASSERT_TRUE(train(with, {}));
  const auto checkpoint = read_checkpoint(with.run / "checkpoint")->checkpoint;
  const auto saved = table("run", "embedding");
  ASSERT_GE(checkpoint.learner.average.size(), saved.size());
  EXPECT_TRUE(std::equal(saved.begin(), saved.end(), checkpoint.learner.average.begin()));
  EXPECT_NE(checkpoint.learner.average, checkpoint.learner.parameters);
}

TEST_F(TrainingOptions, AnAverageMayBeginWhenARunIsResumed) {
  auto with = longer();
  ASSERT_TRUE(train(with, {}));
  with.resume = with.override_config = true;
  with.train.steps = 24;
  with.train.ema_decay = 0.9;
  ASSERT_TRUE(train(with, {}));
  EXPECT_FALSE(read_checkpoint(with.run / "checkpoint")->checkpoint.learner.average.empty());
}

TEST_F(TrainingOptions, ARunBeginsFromAModel) {
  auto with = longer();
  const auto first = train(with, {});
  ASSERT_TRUE(first);
  with.init_from = folder_ / "first.safetensors";
  fs::copy_file(with.run / "model.safetensors", with.init_from);
  with.run = folder_ / "tuned";
  with.train.steps = 12;
  with.train.learning_rate = 1e-9;
  const auto tuned = train(with, {});
  ASSERT_TRUE(tuned) << tuned.error().message;
  EXPECT_NEAR(*tuned->validation_nll, *first->validation_nll, 1e-3);
  const auto file = model::ModelFile::open(with.run / "model.safetensors");
  EXPECT_EQ(file->metadata().at("init.model"), "first.safetensors");
  with.train.learning_rate = 1e-3;
  expect_same_when_resumed(with);

  // A resumed run finds its first model in the checkpoint.
  fs::remove(with.init_from);
  with.init_from.clear();
  with.run = folder_ / "whole";
  with.resume = true;
  with.train.steps = 13;
  EXPECT_TRUE(train(with, {}));
  const auto longer_file = model::ModelFile::open(with.run / "model.safetensors");
  EXPECT_EQ(longer_file->metadata().at("init.model"), "first.safetensors");
}

TEST_F(TrainingOptions, AModelOfAnotherShapeIsRefused) {
  auto with = options();
  ASSERT_TRUE(train(with, {}));
  with.init_from = with.run / "model.safetensors";
  with.run = folder_ / "other";
  with.model.ff_width = 64;
  with.train.vocabulary = "pno-ai";
  with.model.context = 16;  // does not belong to the shape
  const auto message = failure(with);
  EXPECT_THAT(message, HasSubstr("model.ff_width is 32 there, 64 asked for"));
  EXPECT_THAT(message, HasSubstr("vocabulary.steps_per_second is 100 there, 125 asked for"));
  EXPECT_THAT(message, testing::Not(HasSubstr("context")));
}

TEST_F(TrainingOptions, ASampleOfTheRunsWeightsIsOfferedAtTheEnd) {
  auto with = options();
  with.train.validation_steps = 0;
  std::vector<std::int64_t> steps;
  const auto result = train(with, {}, [&](std::int64_t step, const fs::path& path) {
    steps.push_back(step);
    const auto offered = model::ModelFile::open(path);
    ASSERT_TRUE(offered) << offered.error().message;
    EXPECT_EQ(offered->values("embedding"), table("run", "embedding"));
  });
  ASSERT_TRUE(result);
  EXPECT_THAT(steps, testing::ElementsAre(12));
  with.run = folder_ / "often";
  with.sample_minutes = 1e-6;
  steps.clear();
  ASSERT_TRUE(train(with, {}, [&](std::int64_t step, const fs::path&) { steps.push_back(step); }));
  EXPECT_EQ(steps.size(), 12U);
}

}  // namespace
}  // namespace pno::train
