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

TEST(CloseName, IsNotFarAway) {
  constexpr std::array<std::string_view, 2> kFlags = {"--count", "--key"};
  EXPECT_EQ(close_name("--conut", kFlags), "--count");
  EXPECT_EQ(close_name("--kee", kFlags), "--key");
  EXPECT_EQ(close_name("--kxx", kFlags), std::nullopt);
  EXPECT_EQ(close_name("--wavelength", kFlags), std::nullopt);
  EXPECT_EQ(close_name("--count", {}), std::nullopt);
}

}  // namespace
}  // namespace pno::cli
