#include "report/line_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace pno::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(LineChart, TicksAreRoundNumbersWithinTheRange) {
  EXPECT_THAT(ticks(0, 100, 5), ElementsAre(0, 20, 40, 60, 80, 100));
  EXPECT_THAT(ticks(2.61, 3.38, 4),
              ElementsAre(testing::DoubleNear(2.8, 1e-9), testing::DoubleNear(3.0, 1e-9),
                          testing::DoubleNear(3.2, 1e-9)));
  EXPECT_THAT(ticks(1, 1, 5), IsEmpty());
  EXPECT_THAT(ticks(0, INFINITY, 5), IsEmpty());
}

TEST(LineChart, DrawsEveryCurveInItsColour) {
  const auto svg = svg_of({.title = "Loss <nats>",
                           .x_label = "step",
                           .curves = {{.name = "train", .points = {{0, 3}, {10, 2}}},
                                      {.name = "validation", .points = {{0, 4}, {10, 1}}}}});
  EXPECT_THAT(svg, HasSubstr("Loss &lt;nats&gt;"));
  EXPECT_THAT(svg, HasSubstr("stroke:var(--line-0)"));
  EXPECT_THAT(svg, HasSubstr("stroke:var(--line-1)"));
  EXPECT_THAT(svg, HasSubstr(">validation</text>"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(LineChart, OmitsNonFiniteValuesAndEmptyCurves) {
  const auto svg =
      svg_of({.title = "t",
              .x_label = "x",
              .curves = {{.name = "c", .points = {{0, 1}, {1, NAN}, {2, INFINITY}, {3, 2}}}}});
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
  EXPECT_THAT(svg_of({.title = "t", .x_label = "x", .curves = {}}), IsEmpty());
  EXPECT_THAT(svg_of({.title = "t", .x_label = "x", .curves = {{.name = "c", .points = {{1, 1}}}}}),
              IsEmpty());
}

TEST(LineChart, ReducesManyPoints) {
  Chart chart{.title = "t", .x_label = "x", .curves = {{.name = "c"}}};
  for (int i = 0; i < 100000; ++i) {
    chart.curves[0].points.push_back({static_cast<double>(i), std::sin(i * 1e-4)});
  }
  EXPECT_LT(svg_of(chart).size(), 20000U);
}

}  // namespace
}  // namespace pno::report
