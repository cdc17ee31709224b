#include "picture/overlap_plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <regex>

#include "base/file.h"

namespace pno::picture {
namespace {

using testing::HasSubstr;

OverlapPlot small_plot() {
  OverlapPlot plot{.title = "a.notes and b.notes", .subtitle = "", .threshold = 0.1};
  plot.pairs.resize(101);
  plot.pairs[0] = 12'345;
  plot.pairs[40] = 3;
  plot.pairs[100] = 1;
  return plot;
}

std::filesystem::path scratch(const std::string& name) {
  return std::filesystem::temp_directory_path() /
         fmt::format("pno-overlap-plot-{}-{}", ::getpid(), name);
}

std::string svg_of(const OverlapPlot& plot) {
  const auto path = scratch("a.svg");
  EXPECT_TRUE(draw_overlap_plot(plot, path));
  auto text = read_text(path);
  std::filesystem::remove(path);
  // Cairo numbers the surfaces of a process.
  return text ? std::regex_replace(*text, std::regex("surface[0-9]+"), "surface") : "";
}

TEST(OverlapPlot, WritesSvgByItsName) {
  EXPECT_THAT(svg_of(small_plot()), HasSubstr("</svg>"));
}

TEST(OverlapPlot, ShowsTheThresholdAndEachBar) {
  const auto before = svg_of(small_plot());
  EXPECT_EQ(svg_of(small_plot()), before) << "same numbers, same bytes";
  auto moved = small_plot();
  moved.threshold = 0.3;
  EXPECT_NE(svg_of(moved), before);
  auto more = small_plot();
  more.pairs[40] = 4;
  EXPECT_NE(svg_of(more), before);
  auto single = small_plot();
  single.pairs[70] = 1;
  EXPECT_NE(svg_of(single), before) << "one pair is seen";
}

TEST(OverlapPlot, RefusesNothingToPlotAndOtherEndings) {
  const auto path = scratch("none.png");
  EXPECT_THAT(draw_overlap_plot({}, path).error().message, HasSubstr("no pairs of pieces"));
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(draw_overlap_plot(small_plot(), scratch("d.jpg")).error().kind, Error::Kind::usage);
}

}  // namespace
}  // namespace pno::picture
