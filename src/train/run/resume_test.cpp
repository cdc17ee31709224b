// Runs that stop and continue.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "train/trainer_test_fixture.h"

namespace pno::train {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Resume : public TrainerTest {};

// With dropout, and with a best model in the state. The run stops neither at a validation nor at a
// line of the metrics.
TEST_F(Resume, AResumedRunEqualsAnUninterruptedOneBitForBit) {
  ASSERT_TRUE(train(options("whole"), {}));
  auto parts = options("parts");
  const auto stopped = stop_after(parts, 7);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, Error::Kind::interrupted);
  EXPECT_THAT(stopped.error().message, HasSubstr("--resume"));
  set_interrupted(false);
  parts.resume = true;
  const auto result = train(parts, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(bytes("whole/model.safetensors"), bytes("parts/model.safetensors"));
  const std::string last = "/checkpoint/step-000000012.safetensors";
  EXPECT_EQ(bytes("whole" + last), bytes("parts" + last));
}

// The first report of a step comes before its validation.
TEST_F(Resume, AValidationThatAStopPreventedIsMadeLater) {
  ASSERT_TRUE(train(options("whole"), {}));
  auto parts = options("parts");
  ASSERT_FALSE(stop_after(parts, 5));
  EXPECT_EQ(validation_lines("parts"), "");
  set_interrupted(false);
  parts.resume = true;
  const auto result = train(parts, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(validation_lines("whole"), validation_lines("parts"));
  EXPECT_EQ(bytes("whole/model.safetensors"), bytes("parts/model.safetensors"));
  const std::string last = "/checkpoint/step-000000012.safetensors";
  EXPECT_EQ(bytes("whole" + last), bytes("parts" + last));
}

TEST_F(Resume, AFinishedRunResumedDoesNothingAgain) {
  auto with = options();
  const auto first = train(with, {});
  ASSERT_TRUE(first);
  const auto metrics = bytes("run/metrics.jsonl"), model = bytes("run/model.safetensors");
  with.resume = true;
  int reports = 0;
  const auto again = train(with, [&](const StepReport&) { ++reports; });
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(reports, 0);
  EXPECT_EQ(again->train_nll, first->train_nll);
  EXPECT_EQ(bytes("run/metrics.jsonl"), metrics);
  EXPECT_EQ(bytes("run/model.safetensors"), model);
}

TEST_F(Resume, OtherWindowsForgetTheBestModelWithANote) {
  auto with = options();
  const auto first = train(with, {});
  ASSERT_TRUE(first);
  with.resume = true;
  with.train.validation_windows = 1;
  std::string notes;
  const auto second = train(with, [&](const StepReport& report) { notes += report.note + '\n'; });
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_THAT(notes, HasSubstr("the best so far no longer counts"));
  EXPECT_THAT(notes, HasSubstr("best so far\n"));
  EXPECT_NE(second->validation_nll, first->validation_nll);
}

TEST_F(Resume, ADatasetMayBeRenamed) {
  auto with = options();
  ASSERT_TRUE(train(with, {}));
  fs::rename(folder_ / "data.notes", folder_ / "music.notes");
  with.datasets = {{folder_ / "music.notes"}};
  with.resume = true;
  with.train.steps = 13;
  const auto result = train(with, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->steps, 13);
}

TEST_F(Resume, RemovesTheTemporaryFilesOfAKilledRun) {
  fs::create_directories(options().run);
  for (const auto* name : {"model.safetensors.tmp-1", "metrics.jsonl.tmp-23", "mine.tmp-1"}) {
    ASSERT_TRUE(replace_file(options().run / name, std::string_view("half")));
  }
  ASSERT_TRUE(train(options(), {}));
  EXPECT_FALSE(fs::exists(options().run / "model.safetensors.tmp-1"));
  EXPECT_FALSE(fs::exists(options().run / "metrics.jsonl.tmp-23"));
  EXPECT_TRUE(fs::exists(options().run / "mine.tmp-1"));
}

TEST_F(Resume, RefusesAFolderThatDoesNotMatchTheFlag) {
  auto with = options();
  with.resume = true;
  EXPECT_THAT(failure(with), HasSubstr("holds no checkpoint to resume"));
  with.resume = false;
  ASSERT_TRUE(train(with, {}));
  EXPECT_THAT(failure(with), HasSubstr("continue it with --resume"));
}

TEST_F(Resume, RefusesAChangedConfigAndAllowsMoreSteps) {
  auto with = options();
  ASSERT_TRUE(train(with, {}));
  with.resume = true;
  with.train.learning_rate = 0.5;
  EXPECT_THAT(failure(with), HasSubstr("training.learning_rate was 0.001, is 0.5"));
  EXPECT_THAT(failure(with), HasSubstr("--override"));
  with.train.learning_rate = options().train.learning_rate;
  with.train.steps = 14;
  const auto longer = train(with, {});
  ASSERT_TRUE(longer) << longer.error().message;
  EXPECT_EQ(longer->steps, 14);
  write("data.notes", 4, 2);
  EXPECT_THAT(failure(with), HasSubstr("data.hash was"));
}

TEST_F(Resume, OverridesTrainingAndDataWithANote) {
  auto with = options();
  ASSERT_TRUE(train(with, {}));
  write("data.notes", 6, 2);
  with.resume = with.override_config = true;
  with.train.steps = 20;
  with.train.learning_rate = 0.5;
  with.train.schedule = Schedule::constant;
  with.train.batch = 5;
  with.model.dropout = 0.3;
  std::string notes;
  double rate = 0;
  const auto result = train(with, [&](const StepReport& report) {
    notes += report.note;
    rate = report.learning_rate;
  });
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(rate, 0.5);
  for (const auto* change : {"training.batch was 3, is 5", "training.learning_rate was 0.001, is",
                             "model.dropout was 0.1, is 0.3", "data.hash was"}) {
    EXPECT_THAT(notes, HasSubstr(change));
  }
  // Eight steps of five crops after twelve of three: every crop is drawn once.
  const auto progress = read_checkpoint(with.run / "checkpoint")->checkpoint.progress;
  EXPECT_EQ(progress.crops, 12 * 3 + 8 * 5);
}

TEST_F(Resume, TheShapeOfAModelCannotBeOverridden) {
  auto with = options();
  ASSERT_TRUE(train(with, {}));
  with.resume = with.override_config = true;
  with.model.layers = 3;
  EXPECT_THAT(failure(with), HasSubstr("model.layers was 2, is 3"));
  with.model.layers = 2;
  with.train.vocabulary = "pno-ai";
  EXPECT_THAT(failure(with), HasSubstr("training.vocabulary was performance, is pno-ai"));
}

// A limit on the size of files stands in for a disk that fills after the first checkpoint.
TEST_F(Resume, AFullDiskKeepsTheLastCheckpoint) {
  auto whole = options("whole");
  whole.checkpoint_steps = 3;
  ASSERT_TRUE(train(whole, {}));
  auto parts = whole;
  parts.run = folder_ / "parts";
  auto* const before_handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const struct rlimit small { .rlim_cur = 4096, .rlim_max = before.rlim_max };
  const auto failed = train(parts, [&](const StepReport& report) {
    if (report.note == "checkpoint written") ::setrlimit(RLIMIT_FSIZE, &small);
  });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, before_handler);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("the checkpoint of step 3 is good: continue"));
  parts.resume = true;
  ASSERT_TRUE(train(parts, {}));
  EXPECT_EQ(bytes("whole/model.safetensors"), bytes("parts/model.safetensors"));
}

TEST_F(Resume, StopsInTimeAndContinuesLater) {
  auto with = options();
  with.train.steps = 1'000'000;
  with.max_minutes = 0.5 / 60;
  const auto first = train(with, {});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_LT(first->steps, with.train.steps);
  with.resume = true;
  const auto second = train(with, {});
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_GT(second->steps, first->steps);
}

}  // namespace
}  // namespace pno::train
