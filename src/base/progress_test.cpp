#include "base/progress.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <thread>

namespace pno {
namespace {

TEST(Progress, ClockTextHasMinutesAndHours) {
  EXPECT_EQ(clock_text(0), "0:00");
  EXPECT_EQ(clock_text(-3), "0:00");
  EXPECT_EQ(clock_text(59.6), "1:00");
  EXPECT_EQ(clock_text(92), "1:32");
  EXPECT_EQ(clock_text(3599), "59:59");
  EXPECT_EQ(clock_text(7509), "2:05:09");
}

TEST(Progress, ShowsPercentageRateAndTimeLeft) {
  EXPECT_EQ(progress_text(
                {.label = "train", .unit = "steps", .done = 312, .total = 780, .elapsed_s = 61.2}),
            "train  40 %  312/780 steps  5.1/s  1:32 left");
  EXPECT_EQ(progress_text({.label = "train",
                           .unit = "steps",
                           .done = 312,
                           .total = 780,
                           .elapsed_s = 6.12,
                           .detail = "loss 2.31"}),
            "train  40 %  312/780 steps  51/s  loss 2.31  0:09 left");
}

TEST(Progress, WithoutATotalShowsNoPercentageAndNoTimeLeft) {
  EXPECT_EQ(
      progress_text({.label = "prepare", .unit = "files", .done = 30, .total = 0, .elapsed_s = 2}),
      "prepare  30 files  15/s");
}

TEST(Progress, AtTheEndShowsNoTimeLeft) {
  EXPECT_EQ(
      progress_text({.label = "read", .unit = "files", .done = 5, .total = 5, .elapsed_s = 1}),
      "read  100 %  5/5 files  5.0/s");
}

TEST(Progress, NeverShowsMoreThan100Percent) {
  EXPECT_EQ(
      progress_text({.label = "read", .unit = "files", .done = 6, .total = 5, .elapsed_s = 1}),
      "read  100 %  6/5 files  6.0/s");
}

TEST(Progress, BeforeTheFirstUnitShowsNoTimeLeft) {
  EXPECT_EQ(
      progress_text({.label = "read", .unit = "files", .done = 0, .total = 5, .elapsed_s = 0}),
      "read  0 %  0/5 files  0.0/s");
}

// Runs `work` with stderr on a pseudo-terminal and returns the output.
template <class Work>
std::string on_a_terminal(Work work) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
  if (terminal < 0 || ::grantpt(terminal) != 0 || ::unlockpt(terminal) != 0) return "no terminal";
  const int other_end = ::open(::ptsname(terminal), O_RDWR | O_NOCTTY);
  const int saved = ::dup(STDERR_FILENO);
  ::dup2(other_end, STDERR_FILENO);
  work();
  ::dup2(saved, STDERR_FILENO);
  // The system hands the output over a little later, perhaps in parts.
  constexpr int kQuietMs = 200;
  std::string shown;
  pollfd output{.fd = terminal, .events = POLLIN, .revents = 0};
  while (::poll(&output, 1, kQuietMs) > 0) {
    std::array<char, 4096> text{};
    const auto length = ::read(terminal, text.data(), text.size());
    if (length <= 0) break;
    shown.append(text.data(), static_cast<std::size_t>(length));
  }
  for (const int descriptor : {terminal, other_end, saved}) ::close(descriptor);
  return shown;
}

TEST(Progress, ShowsALineOnATerminalAfterASecondAndClearsIt) {
  const auto shown = on_a_terminal([] {
    ProgressLine line("count", "sheep");
    line.update(1, 100);
    std::this_thread::sleep_for(std::chrono::milliseconds(1010));
    line.update(50, 100, "quiet");
    line.update(51, 100, "too soon after the last");
  });
  if (shown == "no terminal") GTEST_SKIP() << "this machine lends no pseudo-terminal";
  EXPECT_EQ(shown.find("\r\033[Kcount  50 %  50/100 sheep  "), 0U) << shown;
  EXPECT_NE(shown.find("  quiet  0:01 left\r\033[K"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("51/100"), std::string::npos) << shown;
}

TEST(Progress, RateExcludesUnitsOfAnEarlierCall) {
  EXPECT_EQ(progress_text({.label = "train",
                           .unit = "steps",
                           .done = 1020,
                           .total = 2000,
                           .elapsed_s = 10,
                           .done_before = 1000}),
            "train  51 %  1020/2000 steps  2.0/s  8:10 left");
  const auto shown = on_a_terminal([] {
    ProgressLine line("train", "steps");
    line.update(1'000'000, 1'000'200);
    std::this_thread::sleep_for(std::chrono::milliseconds(1010));
    line.update(1'000'020, 1'000'200);
  });
  if (shown == "no terminal") GTEST_SKIP() << "this machine lends no pseudo-terminal";
  EXPECT_NE(shown.find(" left"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("0:00 left"), std::string::npos) << shown;
}

TEST(Progress, PrintsANoteOnItsOwnLine) {
  const auto shown = on_a_terminal([] {
    ProgressLine line("count", "sheep");
    std::this_thread::sleep_for(std::chrono::milliseconds(1010));
    line.update(50, 100);
    line.note("half of them");
    line.update(51, 100);
  });
  if (shown == "no terminal") GTEST_SKIP() << "this machine lends no pseudo-terminal";
  EXPECT_NE(shown.find("\r\033[Khalf of them\r\n\r\033[Kcount  51 %"), std::string::npos) << shown;

  testing::internal::CaptureStderr();
  ProgressLine("count", "sheep").note("half of them");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "half of them\n");
}

TEST(Progress, WritesNothingWithoutATerminal) {
  testing::internal::CaptureStderr();
  {
    ProgressLine line("count", "sheep");
    std::this_thread::sleep_for(std::chrono::milliseconds(1010));
    line.update(50, 100);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace pno
