#include "base/round_step.h"

#include <gtest/gtest.h>

namespace pno {
namespace {

TEST(RoundStep, Is1Or2Or5TimesAPowerOfTen) {
  EXPECT_DOUBLE_EQ(round_step(1), 1);
  EXPECT_DOUBLE_EQ(round_step(1.1), 2);
  EXPECT_DOUBLE_EQ(round_step(0.21), 0.5);
  EXPECT_DOUBLE_EQ(round_step(51), 100);
}

}  // namespace
}  // namespace pno
