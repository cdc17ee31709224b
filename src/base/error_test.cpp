#include "base/error.h"

#include <gtest/gtest.h>

namespace pno {
namespace {

Expected<int> half_of(int number) {
  if (number % 2 != 0) return fail("{} is odd", number);
  return number / 2;
}

Expected<int> quarter_of(int number) {
  PNO_TRY(const int half, half_of(number));
  PNO_TRY_VOID(half_of(half));
  return half / 2;
}

TEST(Error, IsPassedUpUnchanged) {
  EXPECT_EQ(quarter_of(12).value(), 3);
  EXPECT_EQ(quarter_of(3).error().message, "3 is odd");
  EXPECT_EQ(quarter_of(6).error().message, "3 is odd");
}

TEST(Error, HasItsKind) {
  EXPECT_EQ(Error(fail("x").value()).kind, Error::Kind::input);
  EXPECT_EQ(Error(fail_usage("x").value()).kind, Error::Kind::usage);
  EXPECT_EQ(Error(fail_interrupted("x").value()).kind, Error::Kind::interrupted);
}

TEST(ErrorDeathTest, FailedCheckPrintsPlaceAndReason) {
  EXPECT_DEATH(PNO_CHECK(1 + 1 == 3, "sums are wrong"),
               "error_test.cpp:[0-9]+: a bug in pno: sums are wrong \\(1 \\+ 1 == 3\\)");
}

}  // namespace
}  // namespace pno
