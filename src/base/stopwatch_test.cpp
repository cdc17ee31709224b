#include "base/stopwatch.h"

#include <gtest/gtest.h>

#include <thread>

namespace pno {
namespace {

TEST(Stopwatch, LapsAddUpToTheWholeTime) {
  constexpr std::chrono::milliseconds kPause(5);
  Stopwatch watch;
  std::this_thread::sleep_for(kPause);
  const double first = watch.lap_s();
  std::this_thread::sleep_for(kPause);
  const double second = watch.lap_s();
  EXPECT_GE(first, 0.005);
  EXPECT_GE(second, 0.005);
  EXPECT_GE(watch.seconds(), first + second);
}

}  // namespace
}  // namespace pno
