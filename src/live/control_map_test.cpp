#include "live/control_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pno::live {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string complaint(std::string_view text) {
  ControlMap map;
  const auto added = map.add_list(text);
  if (added) return "";
  EXPECT_EQ(added.error().kind, Error::Kind::usage) << text;
  return added.error().message;
}

TEST(ControlMap, MapsControllersToTheRangeOfTheirWish) {
  ControlMap map;
  ASSERT_TRUE(map.add_list("density=20,temperature=21:0.5:1.1"));
  EXPECT_THAT(
      map.controls(),
      ElementsAre(
          MappedControl{.controller = 20, .wish = Wish::density, .from = 1, .to = 20},
          MappedControl{.controller = 21, .wish = Wish::temperature, .from = 0.5, .to = 1.1}));
  ASSERT_NE(map.find(21), nullptr);
  EXPECT_EQ(map.find(21)->value(0), 0.5);
  EXPECT_EQ(map.find(21)->value(127), 1.1);
  EXPECT_EQ(map.find(22), nullptr);
}

TEST(ControlMap, RangeMayFall) {
  ControlMap map;
  ASSERT_TRUE(map.add_list("loudness=7:100:40"));
  EXPECT_EQ(map.find(7)->value(0), 100);
  EXPECT_EQ(map.find(7)->value(127), 40);
}

TEST(ControlMap, RefusesWhatItCannotMap) {
  EXPECT_THAT(complaint("tempo=20"), HasSubstr("'tempo' cannot be controlled"));
  EXPECT_THAT(complaint("density"), HasSubstr("'density' is not a mapping"));
  EXPECT_THAT(complaint(""), HasSubstr("is not a mapping"));
  EXPECT_THAT(complaint("density=x"), HasSubstr("the controller of density is 'x'"));
  EXPECT_THAT(complaint("density=128"), HasSubstr("0 to 119"));
  EXPECT_THAT(complaint("density=64"), HasSubstr("a pedal"));
  EXPECT_THAT(complaint("density=123"), HasSubstr("ends notes"));
  EXPECT_THAT(complaint("density=20:1"), HasSubstr("CONTROLLER:FROM:TO"));
  EXPECT_THAT(complaint("density=20:1:1000"), HasSubstr("0.1 to 100"));
  EXPECT_THAT(complaint("loudness=20:nan:3"), HasSubstr("1 to 127"));
  EXPECT_THAT(complaint("density=20,density=21"), HasSubstr("density is mapped twice"));
  EXPECT_THAT(complaint("density=20,loudness=20"), HasSubstr("controller 20 is mapped to density"));
}

}  // namespace
}  // namespace pno::live
