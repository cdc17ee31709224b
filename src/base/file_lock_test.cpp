#include "base/file_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <optional>
#include <string>

#include "base/file.h"

namespace pno {
namespace {

using testing::HasSubstr;

class FileLockTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("pno-lock-" + std::to_string(::getpid()));
};

TEST_F(FileLockTest, OneProcessAtATimeHoldsIt) {
  std::optional first = FileLock::take(path_);
  ASSERT_TRUE(first->has_value()) << first->error().message;
  const auto second = FileLock::take(path_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another process, " + std::to_string(::getpid())));
  first.reset();
  EXPECT_TRUE(FileLock::take(path_));
}

TEST_F(FileLockTest, MovingTheObjectKeepsTheLock) {
  auto first = FileLock::take(path_);
  ASSERT_TRUE(first);
  const FileLock moved = std::move(*first);
  EXPECT_FALSE(FileLock::take(path_));
}

TEST_F(FileLockTest, IsReleasedWhenTheHolderIsKilled) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const auto child = ::fork();
  if (child == 0) {
    const auto lock = FileLock::take(path_);
    [[maybe_unused]] const auto told = ::write(ends[1], lock ? "y" : "n", 1);
    ::pause();
    ::_exit(0);
  }
  char has_it = 'n';
  EXPECT_EQ(::read(ends[0], &has_it, 1), 1);
  EXPECT_EQ(has_it, 'y');
  EXPECT_FALSE(FileLock::take(path_));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(FileLock::take(path_));
  for (const int end : ends) ::close(end);
}

TEST_F(FileLockTest, IsRemovedAtItsEndIfItIsForNow) {
  {
    auto first = FileLock::take_for_now(path_);
    ASSERT_TRUE(first) << first.error().message;
    const FileLock moved = std::move(*first);
    EXPECT_TRUE(std::filesystem::exists(path_));
    EXPECT_FALSE(FileLock::take_for_now(path_));
    EXPECT_TRUE(std::filesystem::exists(path_)) << "the one that did not get it removes nothing";
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_TRUE(FileLock::take_for_now(path_));
}

TEST_F(FileLockTest, IsHeldByOneWhileManyTakeAndRemoveIt) {
  // Each child adds one to a number in a file, as long as it holds the lock.
  constexpr int kChildren = 4, kTimes = 25;
  const auto count_path = path_.string() + "-count";
  ASSERT_TRUE(replace_file(count_path, std::string_view("0")));
  for (int child = 0; child < kChildren; ++child) {
    if (::fork() != 0) continue;
    for (int done = 0; done < kTimes;) {
      const auto lock = FileLock::take_for_now(path_);
      if (!lock) continue;
      const int count = std::stoi(read_text(count_path).value());
      if (!replace_file(count_path, std::to_string(count + 1))) ::_exit(1);
      ++done;
    }
    ::_exit(0);
  }
  for (int child = 0; child < kChildren; ++child) {
    int status = 0;
    ::wait(&status);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(read_text(count_path).value(), std::to_string(kChildren * kTimes));
  std::filesystem::remove(count_path);
}

TEST_F(FileLockTest, MissingFolderIsAnError) {
  EXPECT_THAT(FileLock::take("/nowhere/lock").error().message, HasSubstr("/nowhere/lock: cannot"));
}

}  // namespace
}  // namespace pno
