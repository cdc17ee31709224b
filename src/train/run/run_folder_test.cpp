#include "train/run/run_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "base/file.h"

namespace pno::train {
namespace {

namespace fs = std::filesystem;
using testing::EndsWith;
using testing::HasSubstr;

class RunFolderTest : public testing::Test {
 protected:
  void SetUp() override { fs::remove_all(path_); }
  void TearDown() override { fs::remove_all(path_); }

  static Checkpoint at(std::int64_t step) {
    Checkpoint checkpoint;
    checkpoint.progress.step = step;
    for (auto* values :
         {&checkpoint.learner.parameters, &checkpoint.learner.mean, &checkpoint.learner.square}) {
      values->assign(1000, 0.5F);
    }
    return checkpoint;
  }

  fs::path path_ = fs::temp_directory_path() / fmt::format("pno-run-folder-{}", ::getpid());
};

TEST_F(RunFolderTest, IsHeldByOneProcess) {
  RunFolder folder(path_), other(path_);
  ASSERT_TRUE(folder.open({}));
  ASSERT_TRUE(folder.open({}));  // a return to its start
  const auto opened = other.open({});
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("lock: is held by another process"));
}

TEST_F(RunFolderTest, WritesMetricsToBothLogs) {
  RunFolder folder(path_);
  ASSERT_TRUE(folder.open({}));
  ASSERT_TRUE(folder.add_metrics(10, {{"train_nll", 2.5}, {"tokens", std::int64_t{7}}}));
  EXPECT_EQ(*read_text(folder.metrics()), "{\"step\":10,\"train_nll\":2.5,\"tokens\":7}\n");
  std::string events;
  for (const auto& entry : fs::directory_iterator(folder.tensorboard())) {
    events += *read_text(entry.path());
  }
  EXPECT_THAT(events, HasSubstr("train_nll"));
  EXPECT_THAT(events, HasSubstr("tokens"));
}

TEST_F(RunFolderTest, KnowsItsLastCheckpoint) {
  RunFolder folder(path_);
  ASSERT_TRUE(folder.open({}));
  EXPECT_FALSE(folder.has_checkpoint());
  EXPECT_EQ(folder.saved_step(), -1);
  EXPECT_THAT(folder.recovery_hint(), HasSubstr("no checkpoint was written before"));
  ASSERT_TRUE(folder.write_checkpoint(at(5)));
  EXPECT_EQ(folder.saved_step(), 5);
  EXPECT_TRUE(folder.is_saved(at(5).progress));
  EXPECT_FALSE(folder.is_saved(at(6).progress));
  EXPECT_EQ(folder.recovery_hint(),
            "the checkpoint of step 5 is good: continue from it with --resume");
}

// Another rank writes: this one follows the step of its checkpoints.
TEST_F(RunFolderTest, WritesNothingIfToldSo) {
  RunFolder folder(path_);
  folder.write_nothing();
  ASSERT_TRUE(folder.open({}));
  ASSERT_TRUE(folder.add_metrics(10, {{"train_nll", 2.5}}));
  ASSERT_TRUE(folder.write_checkpoint(at(5)));
  EXPECT_FALSE(fs::exists(path_));
  EXPECT_EQ(folder.saved_step(), -1);
  folder.follow(8);
  EXPECT_EQ(folder.saved_step(), 8);
  EXPECT_THAT(folder.recovery_hint(), HasSubstr("step 8"));
}

TEST_F(RunFolderTest, FollowsNoOtherRankIfItWrites) {
  RunFolder folder(path_);
  ASSERT_TRUE(folder.open({}));
  ASSERT_TRUE(folder.write_checkpoint(at(5)));
  folder.follow(-1);
  EXPECT_EQ(folder.saved_step(), 5);
}

// A limit on the size of files stands in for a full disk.
TEST_F(RunFolderTest, AFailedWriteSaysWhichCheckpointIsGood) {
  RunFolder folder(path_);
  ASSERT_TRUE(folder.open({}));
  ASSERT_TRUE(folder.write_checkpoint(at(5)));
  auto* const before_handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const struct rlimit small { .rlim_cur = 4096, .rlim_max = before.rlim_max };
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto written = folder.write_checkpoint(at(6));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, before_handler);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message,
              EndsWith("; the checkpoint of step 5 is good: continue from it with --resume"));
  EXPECT_EQ(folder.saved_step(), 5);
}

}  // namespace
}  // namespace pno::train
