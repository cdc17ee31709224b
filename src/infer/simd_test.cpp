#include "infer/simd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace pno::infer {
namespace {

using testing::Contains;
using testing::HasSubstr;

TEST(Simd, UsesTheBestTargetUnlessAskedOtherwise) {
  EXPECT_EQ(simd_target(), simd_targets()[0]);
}

TEST(Simd, UsesTheTargetAskedFor) {
  EXPECT_THAT(simd_targets(), Contains("scalar"));
  for (const auto& target : simd_targets()) {
    ASSERT_TRUE(use_simd_target(target).has_value());
    EXPECT_EQ(simd_target(), target);
  }
  ASSERT_TRUE(use_simd_target(simd_targets()[0]).has_value());
}

TEST(Simd, TheEnvironmentNamesATarget) {
  ::setenv("PNO_SIMD", "scalar", 1);
  EXPECT_TRUE(use_simd_target_of_environment().has_value());
  EXPECT_EQ(simd_target(), "scalar");
  ::setenv("PNO_SIMD", "", 1);
  EXPECT_TRUE(use_simd_target_of_environment().has_value());
  ::unsetenv("PNO_SIMD");
  EXPECT_TRUE(use_simd_target_of_environment().has_value());
  ASSERT_TRUE(use_simd_target(simd_targets()[0]).has_value());
}

TEST(Simd, RefusesAnUnknownTargetAndNamesTheKnown) {
  ::setenv("PNO_SIMD", "mmx", 1);
  const auto used = use_simd_target_of_environment();
  ::unsetenv("PNO_SIMD");
  ASSERT_FALSE(used.has_value());
  EXPECT_THAT(used.error().message, HasSubstr("PNO_SIMD"));
  EXPECT_THAT(used.error().message, HasSubstr("'mmx'"));
  EXPECT_THAT(used.error().message, HasSubstr("scalar"));
  EXPECT_EQ(simd_target(), simd_targets()[0]);
}

}  // namespace
}  // namespace pno::infer
