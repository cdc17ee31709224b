#include "picture/piano_keys.h"

#include <gtest/gtest.h>

namespace pno::picture {
namespace {

TEST(PianoKeys, MiddleCIsC4) {
  EXPECT_EQ(pitch_name(60), "C4");
  EXPECT_EQ(pitch_name(61), "C#4");
  EXPECT_EQ(pitch_name(0), "C-1");
  EXPECT_EQ(pitch_name(127), "G9");
}

TEST(PianoKeys, FiveOfAnOctaveAreBlack) {
  std::string keys;
  for (int pitch = 60; pitch < 72; ++pitch) keys += is_black_key(pitch) ? 'b' : 'w';
  EXPECT_EQ(keys, "wbwbwwbwbwbw");
}

}  // namespace
}  // namespace pno::picture
