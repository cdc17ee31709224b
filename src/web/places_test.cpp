#include "web/places.h"

#include <gtest/gtest.h>

#include <utility>

namespace pno::web {
namespace {

TEST(Places, AreFreedAtTheEndOfTheirScope) {
  Places places(2);
  auto first = places.take();
  ASSERT_TRUE(first);
  {
    const auto second = places.take();
    EXPECT_TRUE(second);
    EXPECT_FALSE(places.take());
    EXPECT_FALSE(places.take());
  }
  EXPECT_TRUE(places.take());
}

TEST(Places, AMovedPlaceIsFreedOnce) {
  Places places(1);
  {
    auto first = places.take();
    ASSERT_TRUE(first);
    const Places::Place moved(std::move(*first));
    first.reset();
    EXPECT_FALSE(places.take());
  }
  const auto again = places.take();
  EXPECT_TRUE(again);
  EXPECT_FALSE(places.take());
}

}  // namespace
}  // namespace pno::web
