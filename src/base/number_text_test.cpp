#include "base/number_text.h"

#include <gtest/gtest.h>

namespace pno {
namespace {

TEST(Grouped, PutsACommaBeforeEveryThirdDigit) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(-100), "-100");
  EXPECT_EQ(grouped(-1000), "-1,000");
}

TEST(Counted, OneIsSingular) {
  EXPECT_EQ(counted(1, "note"), "1 note");
  EXPECT_EQ(counted(0, "note"), "0 notes");
  EXPECT_EQ(counted(std::int64_t{1200}, "piece"), "1,200 pieces");
  EXPECT_EQ(counted(std::size_t{2}, "copy"), "2 copies");
  EXPECT_EQ(counted(1, "copy"), "1 copy");
}

}  // namespace
}  // namespace pno
