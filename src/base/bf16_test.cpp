#include "base/bf16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace pno {
namespace {

TEST(Bf16, RoundsToTheNearestTiesToEven) {
  EXPECT_EQ(to_bf16(1.0F), 0x3F80);
  EXPECT_EQ(to_bf16(1.00390625F), to_bf16(1.0F)) << "half way, down to even";
  EXPECT_EQ(from_bf16(to_bf16(1.01171875F)), 1.015625F) << "half way, up to even";
  EXPECT_EQ(from_bf16(to_bf16(1.004F)), 1.0078125F) << "just above half way";
  EXPECT_EQ(to_bf16(-0.0F), 0x8000);
  for (const float x : {1e-30F, 0.1F, -3.14159F, 12345.678F, -1e30F}) {
    EXPECT_NEAR(from_bf16(to_bf16(x)), x, std::abs(x) / 256);
  }
}

// Values between two neighbours, for every exponent.
TEST(Bf16, RoundsToTheNearerNeighbour) {
  for (std::uint32_t half = 0; half < 0x7F7F; half += 37) {
    const auto below = static_cast<std::uint16_t>(half);
    const auto above = static_cast<std::uint16_t>(half + 1);
    const auto between = [&](std::uint32_t part) {
      return to_bf16(bit_cast<float>(half << 16 | part));
    };
    ASSERT_EQ(between(0), below);
    ASSERT_EQ(between(0x7FFF), below);
    ASSERT_EQ(between(0x8000), half % 2 == 0 ? below : above);
    ASSERT_EQ(between(0x8001), above);
  }
}

TEST(Bf16, EveryValueSurvivesTheRoundTripThroughFloat) {
  for (std::uint32_t half = 0; half < 0x7F80; ++half) {
    const auto x = static_cast<std::uint16_t>(half);
    ASSERT_EQ(to_bf16(from_bf16(x)), x);
    ASSERT_EQ(to_bf16(-from_bf16(x)), x | 0x8000);
  }
}

TEST(Bf16, ValuesBeyondTheLargestBecomeInfinite) {
  EXPECT_TRUE(std::isinf(from_bf16(to_bf16(std::numeric_limits<float>::max()))));
}

}  // namespace
}  // namespace pno
