#include "report/judge_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/interval_plot.h"

namespace pno::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

events::PlainNote note(std::int64_t start_ms, int pitch) {
  return {.start_us = start_ms * 1000,
          .length_us = 200'000,
          .pitch = static_cast<std::uint8_t>(pitch),
          .velocity = 64};
}

TEST(RollSvg, DrawsTheNotesOfAPartAndMarksAPassage) {
  const std::vector<events::PlainNote> notes = {note(0, 60), note(1000, 62), note(2000, 64),
                                                note(9000, 65)};
  const auto svg = roll_svg(notes, {.shown = {0, 4}, .marked = {1, 0.5}, .label = "a <roll>"});
  EXPECT_EQ(count_of(svg, "<rect"), 3U);
  EXPECT_EQ(count_of(svg, "class=\"marked\""), 1U);
  EXPECT_THAT(svg, HasSubstr("a &lt;roll&gt;"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_EQ(count_of(roll_svg({}, {.shown = {0, 0}}), "<rect"), 0U);
}

TEST(IntervalPlot, HasADotForEachFigureWithinTheAxis) {
  const auto svg = svg_of({.title = "t",
                           .series = {"x & y", "z"},
                           .rows = {{"one", {{0.5, 0.4, 0.6}, {2.0, -1.0, 3.0}}}}});
  EXPECT_EQ(count_of(svg, "<circle"), 4U) << "two of the legend";
  EXPECT_THAT(svg, HasSubstr("x &amp; y"));
  // 0.5 stands in the middle of the axis; figures beyond it stand at its end.
  EXPECT_THAT(svg, HasSubstr("cx=\"537.0\""));
  EXPECT_THAT(svg, HasSubstr("cx=\"844.0\""));
}

JudgePage page_with_copies() {
  JudgePage page{.title = "a <title>", .protocol = {{"seed", "7"}}, .judgement = {}};
  page.judgement.samples.overlap = {0.812, 0.7, 0.9};
  page.judgement.real.overlap = {0.93, 0.9, 0.95};
  auto& part = page.originality.emplace();
  part.samples.pieces.resize(2);
  part.samples.pieces[1].copied.notes = 14;
  auto& card = part.copies.emplace_back();
  card.sample = "s.mid";
  card.source = "Bach: <Fugue>";
  card.passage = {.notes = 3,
                  .from_s = 1,
                  .seconds = 1,
                  .piece_from_s = 5,
                  .piece_seconds = 1,
                  .transposition = -2,
                  .tempo = 1.25};
  card.sample_music.notes = {note(0, 60), note(1000, 62), note(1500, 64), note(2000, 65)};
  card.source_music = {note(5000, 64), note(5500, 66), note(6000, 67)};
  return page;
}

TEST(JudgePage, HasFiguresPlotFeaturesAndProtocol) {
  const auto html =
      judge_page({.title = "a <title>", .protocol = {{"seed", "7"}}, .judgement = {}});
  EXPECT_THAT(html, HasSubstr("<h1>a &lt;title&gt;</h1>"));
  EXPECT_THAT(html, HasSubstr("<tr><th>seed</th><td>7</td></tr>"));
  EXPECT_EQ(count_of(html, "<svg class=\"chart\""), 1U);
  for (std::size_t i = 0; i < eval::kFeatures; ++i) {
    const auto title = eval::feature_text(static_cast<eval::Feature>(i)).title;
    EXPECT_GE(count_of(html, std::string(title)), 2U) << title << " in plot and table";
  }
  EXPECT_THAT(html, Not(HasSubstr("Originality")));
  EXPECT_THAT(html, Not(HasSubstr("src=\"http")));
  EXPECT_THAT(html, Not(HasSubstr("href=\"http")));
}

TEST(JudgePage, ShowsCopiesWithBothRolls) {
  const auto html = judge_page(page_with_copies());
  EXPECT_THAT(html, HasSubstr("0.812"));
  EXPECT_THAT(html, HasSubstr("s.mid: 3 notes at 1.0 s"));
  EXPECT_THAT(html, HasSubstr("Bach: &lt;Fugue&gt;, at 5.0 s; -2 semitones, 1.25 times as fast"));
  EXPECT_EQ(count_of(html, "<svg class=\"roll\""), 2U);
  EXPECT_EQ(count_of(html, "<rect class=\"marked\""), 6U) << "three notes in each";
}

}  // namespace
}  // namespace pno::report
