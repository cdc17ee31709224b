#include "infer/music/loop_watch.h"

#include <gtest/gtest.h>

#include <vector>

namespace pno::infer {
namespace {

LoopWatch watch_after(const std::vector<int>& passage, int times) {
  LoopWatch watch;
  for (int time = 0; time < times; ++time) {
    for (const int pitch : passage) watch.strike(pitch);
  }
  return watch;
}

TEST(LoopWatch, ForbidsThePitchThatWouldBeginAPassageAgain) {
  for (const int most_times : {2, 5}) {
    const auto pitches = watch_after({60, 64, 67}, most_times).beyond(most_times);
    EXPECT_TRUE(pitches.contains(60)) << most_times;
    EXPECT_FALSE(pitches.contains(64)) << most_times;
    EXPECT_FALSE(pitches.contains(67)) << most_times;
  }
}

TEST(LoopWatch, AllowsAPassageAsOftenAsTheLimitSays) {
  LoopWatch watch;
  for (int time = 0; time < 5; ++time) {
    for (const int pitch : {60, 64, 67}) {
      EXPECT_FALSE(watch.beyond(5).contains(pitch)) << time;
      watch.strike(pitch);
    }
  }
  EXPECT_TRUE(watch.beyond(5).contains(60));
}

TEST(LoopWatch, OneNoteIsAPassage) {
  EXPECT_FALSE(watch_after({60}, 9).beyond(10).contains(60));
  EXPECT_TRUE(watch_after({60}, 10).beyond(10).contains(60));
}

TEST(LoopWatch, AnotherNoteEndsTheLoop) {
  auto watch = watch_after({60, 64}, 4);
  EXPECT_TRUE(watch.beyond(4).contains(60));
  watch.strike(61);
  EXPECT_TRUE(watch.beyond(4).empty());
}

TEST(LoopWatch, SeesPassagesOfUpToTheLongestLength) {
  std::vector<int> passage;
  for (std::size_t i = 0; i < LoopWatch::kLongestPassage; ++i) {
    passage.push_back(static_cast<int>(40 + i));
  }
  EXPECT_TRUE(watch_after(passage, 3).beyond(3).contains(40));
  passage.push_back(30);
  EXPECT_TRUE(watch_after(passage, 3).beyond(3).empty());
}

}  // namespace
}  // namespace pno::infer
