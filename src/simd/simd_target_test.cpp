#include "simd/simd_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace pno::simd {
namespace {

using testing::Contains;
using testing::HasSubstr;

TEST(Simd, UsesTheBestTargetByDefault) {
  EXPECT_EQ(current_target(), targets()[0]);
}

TEST(Simd, UsesTheRequestedTarget) {
  EXPECT_THAT(targets(), Contains("scalar"));
  for (const auto& target : targets()) {
    ASSERT_TRUE(use_target(target).has_value());
    EXPECT_EQ(current_target(), target);
  }
  ASSERT_TRUE(use_target(targets()[0]).has_value());
}

// The targets that Highway knows have no instructions for bf16.
TEST(Simd, TargetsWithBf16StandBeforeTheOthers) {
  bool is_before = true;
  for (const auto& target : targets()) {
    ASSERT_TRUE(use_target(target).has_value());
    const bool has_unit = target == "amx_bf16" || target == "avx3_bf16";
    EXPECT_EQ(bf16_unit() != Bf16Unit::none, has_unit) << target;
    const bool is_fast = has_fast_bf16();
    EXPECT_TRUE(is_fast ? has_unit : target != "amx_bf16") << target;
    EXPECT_TRUE(is_before || !has_unit) << target;
    is_before = has_unit;
  }
  ASSERT_TRUE(use_target(targets()[0]).has_value());
}

TEST(Simd, EnvironmentVariableSelectsATarget) {
  ::setenv("PNO_SIMD", "scalar", 1);
  EXPECT_TRUE(use_target_of_environment().has_value());
  EXPECT_EQ(current_target(), "scalar");
  ::setenv("PNO_SIMD", "", 1);
  EXPECT_TRUE(use_target_of_environment().has_value());
  ::unsetenv("PNO_SIMD");
  EXPECT_TRUE(use_target_of_environment().has_value());
  ASSERT_TRUE(use_target(targets()[0]).has_value());
}

TEST(Simd, RefusesAnUnknownTargetAndListsTheKnownOnes) {
  ::setenv("PNO_SIMD", "mmx", 1);
  const auto used = use_target_of_environment();
  ::unsetenv("PNO_SIMD");
  ASSERT_FALSE(used.has_value());
  EXPECT_THAT(used.error().message, HasSubstr("PNO_SIMD"));
  EXPECT_THAT(used.error().message, HasSubstr("'mmx'"));
  EXPECT_THAT(used.error().message, HasSubstr("scalar"));
  EXPECT_EQ(current_target(), targets()[0]);
}

}  // namespace
}  // namespace pno::simd
