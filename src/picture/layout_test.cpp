#include "picture/layout.h"

#include <gtest/gtest.h>

namespace pno::picture {
namespace {

midi::Performance music(int pitch, double seconds) {
  const auto length_us = static_cast<std::uint32_t>(seconds * 1e6);
  return {.notes = {{.length_us = length_us,
                     .key_length_us = length_us,
                     .pitch = static_cast<std::uint8_t>(pitch),
                     .velocity = 64}},
          .pedals = {}};
}

TEST(Layout, OneNoteGetsTwoOctavesAroundIt) {
  const auto layout = lay_out(music(60, 10), {});
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->highest_pitch - layout->lowest_pitch + 1, 25);
  EXPECT_EQ(layout->highest_pitch + layout->lowest_pitch, 120);
}

TEST(Layout, PitchesStayWithinMidi) {
  EXPECT_EQ(lay_out(music(0, 10), {})->lowest_pitch, 0);
  EXPECT_EQ(lay_out(music(127, 10), {})->highest_pitch, 127);
}

TEST(Layout, WidthFollowsTheMusicWithinBounds) {
  EXPECT_EQ(lay_out(music(60, 1), {})->width_px, 960);
  EXPECT_EQ(lay_out(music(60, 2), {})->width_px, 960);
  const int minute = lay_out(music(60, 60), {})->width_px;
  EXPECT_GT(minute, 2000);
  EXPECT_LT(minute, 2400);
  EXPECT_EQ(lay_out(music(60, 3600), {})->width_px, 16000);
}

TEST(Layout, PartsAreInsideAndDoNotOverlap) {
  auto performance = music(60, 30);
  performance.pedals = {{.start_us = 0, .end_us = 1000}};
  for (const int height : {160, 480, 2000}) {
    const auto layout = lay_out(performance, {.height_px = height});
    ASSERT_TRUE(layout);
    EXPECT_GT(layout->keys.x, 0);
    EXPECT_LT(layout->keys.right(), layout->roll.x);
    EXPECT_LT(layout->roll.right(), layout->width_px);
    EXPECT_LT(layout->roll.bottom(), layout->pedals.y);
    EXPECT_LT(layout->pedals.bottom(), layout->height_px);
    EXPECT_GT(layout->row_px(), 1);
  }
}

TEST(Layout, TimeLabelsDoNotCollideAtAnyLength) {
  for (const double seconds : {0.5, 3.0, 47.0, 600.0, 3600.0}) {
    const auto layout = lay_out(music(60, seconds), {.width_px = 1000});
    ASSERT_TRUE(layout);
    EXPECT_GE(layout->tick_s * layout->px_per_s(), 70) << seconds;
    EXPECT_LE(layout->tick_s, seconds) << seconds;
  }
}

}  // namespace
}  // namespace pno::picture
