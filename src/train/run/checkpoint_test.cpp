#include "train/run/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "base/safetensors.h"

namespace pno::train {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class CheckpointTest : public testing::Test {
 protected:
  void SetUp() override { fs::remove_all(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  static Checkpoint at(std::int64_t step) {
    Checkpoint checkpoint;
    checkpoint.progress.step = step;
    checkpoint.config = {{"model.layers", "2"}};
    checkpoint.learner.parameters.assign(1000, static_cast<float>(step));
    checkpoint.learner.mean.assign(1000, 0.1F);
    checkpoint.learner.square.assign(1000, 0.2F);
    return checkpoint;
  }
  void write(std::int64_t step) const {
    const auto written = write_checkpoint(folder_, at(step));
    ASSERT_TRUE(written) << written.error().message;
  }
  std::int64_t newest_step() const {
    const auto read = read_checkpoint(folder_);
    return read ? read->checkpoint.progress.step : -1;
  }
  fs::path file(std::int64_t step) const {
    return folder_ / fmt::format("step-{:09}.safetensors", step);
  }

  fs::path folder_ = fs::temp_directory_path() / fmt::format("pno-checkpoint-{}", ::getpid());
};

TEST_F(CheckpointTest, ReadsBackEveryValueExactly) {
  auto written = at(7);
  written.progress.tokens = 1'000'000'007;
  written.progress.validated_step = 5;
  written.progress.validation_nll = 0.1 + 0.2;
  written.progress.since_line = {.all = {.plain = {1.0 / 3, 5}, .grammar = {0.3, 5}}};
  written.progress.since_line.of_task[1] = {.plain = {2.0 / 3, 4}, .grammar = {0.6, 4}};
  written.progress.validation_nll_grammar = 1.0 / 7;
  written.progress.train_nll = 2.0 / 3;
  written.progress.crops = 21;
  written.progress.setbacks = 1;
  written.progress.rate_scale = 0.5;
  written.progress.validations_since_best = 3;
  ASSERT_TRUE(write_checkpoint(folder_, written));
  const auto read = read_checkpoint(folder_);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->note, "");
  const auto& progress = read->checkpoint.progress;
  EXPECT_EQ(progress.step, 7);
  EXPECT_EQ(progress.best_nll, std::nullopt);
  EXPECT_EQ(progress, written.progress);
  EXPECT_EQ(read->checkpoint.config, written.config);
  EXPECT_EQ(read->checkpoint.learner.parameters, written.learner.parameters);
  EXPECT_EQ(read->checkpoint.learner.mean, written.learner.mean);
  EXPECT_EQ(read->checkpoint.learner.square, written.learner.square);
  EXPECT_EQ(read->checkpoint.learner.average, written.learner.average);
}

// Checkpoints from before these fields existed lack them; a checkpoint without another one is
// damaged.
TEST_F(CheckpointTest, FieldsOfTheLossAmongAllowedEventsMayBeMissing) {
  write(7);
  const auto without = [&](const std::string& field) {
    const auto whole = *SafetensorsFile::open(file(7));
    auto metadata = whole.metadata();
    EXPECT_EQ(metadata.erase(field), 1U) << field;
    std::vector<Tensor> tensors;
    for (const auto* name : {"parameters", "adam.mean", "adam.square"}) {
      tensors.push_back(*whole.find(name));
    }
    EXPECT_TRUE(write_safetensors(folder_ / "other.safetensors", tensors, metadata));
    fs::rename(folder_ / "other.safetensors", file(7));
    return read_checkpoint(folder_);
  };
  const auto read = without("since_line.grammar_sum");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->checkpoint.progress.since_line.all.grammar.sum, 0);
  EXPECT_TRUE(without("best_nll_grammar"));
  EXPECT_FALSE(without("best_nll"));
}

TEST_F(CheckpointTest, KeepsTheAveragedWeights) {
  auto written = at(7);
  written.learner.average.assign(1000, 0.3F);
  ASSERT_TRUE(write_checkpoint(folder_, written));
  EXPECT_EQ(read_checkpoint(folder_)->checkpoint.learner.average, written.learner.average);
}

TEST_F(CheckpointTest, KeepsTheLastTwo) {
  for (const std::int64_t step : {1, 2, 3}) write(step);
  EXPECT_FALSE(fs::exists(file(1)));
  EXPECT_TRUE(fs::exists(file(2)));
  EXPECT_EQ(newest_step(), 3);
}

TEST_F(CheckpointTest, KeepsAsManyAsAreAskedFor) {
  constexpr int kKeep = 3;
  for (const std::int64_t step : {1, 2, 3, 4, 5}) {
    ASSERT_TRUE(write_checkpoint(folder_, at(step), kKeep));
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), kKeep);
  EXPECT_TRUE(fs::exists(file(3)));
  ASSERT_TRUE(write_checkpoint(folder_, at(6), 1));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
  EXPECT_EQ(newest_step(), 6);
}

TEST_F(CheckpointTest, FallsBackFromAnUnreadableFileWithANote) {
  write(1);
  write(2);
  fs::resize_file(file(2), 5000);
  const auto read = read_checkpoint(folder_);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->checkpoint.progress.step, 1);
  EXPECT_THAT(read->note, HasSubstr("step-000000002"));
  EXPECT_THAT(read->note, HasSubstr("continuing from the one before, step 1"));
  EXPECT_TRUE(fs::exists(file(2) += ".unreadable"));
  fs::resize_file(file(1), 3);
  EXPECT_THAT(read_checkpoint(folder_).error().message, HasSubstr("no checkpoint can be read"));
}

TEST_F(CheckpointTest, AnUnreadableFileDoesNotCountAmongTheTwoThatAreKept) {
  write(1);
  write(2);
  fs::resize_file(file(2), 5000);
  ASSERT_TRUE(read_checkpoint(folder_));
  write(2);
  EXPECT_TRUE(fs::exists(file(1)));
  fs::resize_file(file(2), 5000);
  EXPECT_EQ(newest_step(), 1);
}

TEST_F(CheckpointTest, AKilledWriteLeavesTheLastOneGood) {
  write(1);
  const auto half = fs::path(file(2)) += ".tmp-12345";
  std::ofstream(half) << "half a checkpoint";
  EXPECT_EQ(newest_step(), 1);
  write(3);
  EXPECT_FALSE(fs::exists(half));
}

// A limit on the size of files stands in for a full disk: write() fails in the middle in both.
TEST_F(CheckpointTest, AFullDiskLeavesTheLastOneGood) {
  write(1);
  auto* const before_handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const struct rlimit small { .rlim_cur = 4096, .rlim_max = before.rlim_max };
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto written = write_checkpoint(folder_, at(2));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, before_handler);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("step-000000002.safetensors: cannot be written"));
  EXPECT_EQ(newest_step(), 1);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

}  // namespace
}  // namespace pno::train
