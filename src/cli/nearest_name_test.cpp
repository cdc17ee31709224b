#include "cli/nearest_name.h"

#include <gtest/gtest.h>

#include <array>

namespace pno::cli {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"layers", "heads", "width", "ff_width"};

TEST(NearestName, HasTheSmallestEditDistance) {
  EXPECT_EQ(nearest_name("layer", kNames), "layers");      // inserted
  EXPECT_EQ(nearest_name("widthh", kNames), "width");      // deleted
  EXPECT_EQ(nearest_name("haeds", kNames), "heads");       // replaced twice
  EXPECT_EQ(nearest_name("ffwidth", kNames), "ff_width");  // the longer of two similar names
}

TEST(NearestName, IsTheFirstOfEqualDistances) {
  constexpr std::array<std::string_view, 2> kEquals = {"ab", "ac"};
  EXPECT_EQ(nearest_name("ad", kEquals), "ab");
  EXPECT_EQ(nearest_name("", kEquals), "ab");
}

}  // namespace
}  // namespace pno::cli
