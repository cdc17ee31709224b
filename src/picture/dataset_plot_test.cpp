#include "picture/dataset_plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <numeric>

#include "base/file.h"

namespace pno::picture {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

DatasetPlot small_plot() {
  DatasetPlot plot{
      .title = "d.notes", .subtitle = "", .minutes = {1, 2, 4.5}, .notes_per_s = {3, 9, 12}};
  plot.pitches[21] = 3;
  plot.pitches[108] = 7;
  plot.velocities[64] = 10;
  return plot;
}

std::filesystem::path scratch(const std::string& name) {
  return std::filesystem::temp_directory_path() / fmt::format("pno-plot-{}-{}", ::getpid(), name);
}

TEST(ShortNumber, HasAtMostFourDigitsAndALetter) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(950), "950");
  EXPECT_EQ(short_number(12'000), "12k");
  EXPECT_EQ(short_number(2'500'000), "2.5M");
  EXPECT_EQ(short_number(3e9), "3G");
}

TEST(Bars, CountEveryValueOnce) {
  const std::vector<double> values = {0, 0.3, 1, 1, 7, 24.9};
  const Bars bars = bars_of(values);
  EXPECT_DOUBLE_EQ(bars.step, 1);
  EXPECT_EQ(bars.counts.size(), 25U);
  EXPECT_EQ(std::reduce(bars.counts.begin(), bars.counts.end()), 6);
  EXPECT_EQ(bars.counts[0], 2);
  EXPECT_EQ(bars.counts[1], 2);
  EXPECT_FALSE(bars.open_ended);
}

TEST(Bars, OutliersShareTheLastBar) {
  std::vector<double> values;
  for (int i = 0; i < 999; ++i) values.push_back(i % 5);
  values.push_back(10'000);
  const Bars bars = bars_of(values);
  EXPECT_LE(bars.to(), 5);
  EXPECT_TRUE(bars.open_ended);
  EXPECT_EQ(std::reduce(bars.counts.begin(), bars.counts.end()), 1000);
}

TEST(Bars, AreAtMost26) {
  for (const double longest : {0.0, 1e-9, 0.01, 1.0, 3.7, 24.999, 25.0, 1e6}) {
    const Bars bars = bars_of(std::vector{longest});
    EXPECT_LE(bars.counts.size(), 26U) << longest;
    EXPECT_EQ(std::reduce(bars.counts.begin(), bars.counts.end()), 1) << longest;
  }
}

TEST(DatasetPlot, WritesSvgIfTheNameEndsInSvg) {
  const auto path = scratch("d.svg");
  ASSERT_TRUE(draw_dataset_plot(small_plot(), path));
  EXPECT_THAT(*read_text(path), HasSubstr("</svg>"));
  std::filesystem::remove(path);
}

TEST(DatasetPlot, SameDataGivesTheSamePngBytes) {
  const auto a = scratch("a.png"), b = scratch("b.png");
  ASSERT_TRUE(draw_dataset_plot(small_plot(), a));
  ASSERT_TRUE(draw_dataset_plot(small_plot(), b));
  EXPECT_THAT(*read_text(a), StartsWith("\x89PNG"));
  EXPECT_EQ(*read_text(a), *read_text(b));
  auto other = small_plot();
  other.velocities[100] = 5;
  ASSERT_TRUE(draw_dataset_plot(other, b));
  EXPECT_NE(*read_text(a), *read_text(b));
  std::filesystem::remove(a);
  std::filesystem::remove(b);
}

TEST(DatasetPlot, RefusesEmptyDataAndOtherEndings) {
  const auto path = scratch("none.png");
  EXPECT_THAT(draw_dataset_plot({}, path).error().message, HasSubstr("no notes to plot"));
  const auto wrong = draw_dataset_plot(small_plot(), scratch("d.jpg"));
  EXPECT_EQ(wrong.error().kind, Error::Kind::usage);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace pno::picture
