#include "report/judge_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/html.h"
#include "report/interval_plot.h"

namespace pno::report {
namespace {

using eval::Interval;

constexpr std::string_view kJudgeStyle = R"css(
.roll { display: block; width: 100%; height: auto; margin: 4px 0 10px; background: var(--page); border-radius: 6px; }
.roll rect { fill: var(--line-0); }
.roll rect.marked { fill: var(--line-1); }
.figures th, .figures td { width: auto; padding-right: 12px; text-align: right; white-space: nowrap; }
.figures { font-size: 13px; }
.figures th:first-child, .figures td:first-child { text-align: left; white-space: normal; min-width: 150px; }
figure + .card { margin-top: 14px; }
.wide { overflow-x: auto; }
.note { color: var(--soft); font-size: 13px; margin: 6px 0 0; }
)css";

constexpr double kContext_s = 1.5;  // of a roll, before and after a copied passage

// "0.812 (0.790–0.831)".
std::string with_interval(const Interval& interval, int digits) {
  return fmt::format("{:.{}f} ({:.{}f}–{:.{}f})", interval.value, digits, interval.low, digits,
                     interval.high, digits);
}

std::string tiles(const JudgePage& page) {
  const auto& [samples, real, means] = page.judgement;
  std::string html = "<section class=\"tiles\">\n";
  html += tile("overlap with real music, mean of the features",
               fmt::format("{:.3f}", samples.overlap.value));
  html += tile("overlap of real with real music", fmt::format("{:.3f}", real.overlap.value));
  html += tile("divergence in nats", fmt::format("{:.3f}", samples.divergence.value));
  html += tile("divergence of real from real music", fmt::format("{:.3f}", real.divergence.value));
  if (page.originality) {
    const auto& [own, human, copies] = *page.originality;
    html += tile("similarity to the training set", fmt::format("{:.3f}", own.similarity.value));
    html += tile("that of other human music", fmt::format("{:.3f}", human.similarity.value));
    const std::size_t longest = copies.empty() ? 0 : copies.front().passage.notes;
    html += tile("notes of the longest copy", fmt::format("{}", longest));
  }
  return html + "</section>\n";
}

std::string overlap_plot(const eval::Judgement& judgement) {
  IntervalPlot plot{.title = "Overlapping area by feature; 1: as real music",
                    .series = {"real music", "the samples"},
                    .rows = {{.name = "mean of all",
                              .figures = {judgement.real.overlap, judgement.samples.overlap}}}};
  for (std::size_t i = 0; i < eval::kFeatures; ++i) {
    plot.rows.push_back(
        {.name = std::string(eval::feature_text(static_cast<eval::Feature>(i)).title),
         .figures = {judgement.real.features[i].overlap, judgement.samples.features[i].overlap}});
  }
  return fmt::format("<figure>{}</figure>\n", svg_of(plot));
}

std::string feature_row(const eval::Judgement& judgement, std::size_t i) {
  const auto& sample = judgement.samples.features[i];
  const auto& real = judgement.real.features[i];
  const auto [title, unit] = eval::feature_text(static_cast<eval::Feature>(i));
  const auto mean = [&](const Interval& interval) {
    return unit.empty() ? std::string("–") : with_interval(interval, 2);
  };
  return fmt::format(
      "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.2f}</td><td>{}</td>"
      "<td>{}</td></tr>\n",
      unit.empty() ? std::string(title) : fmt::format("{}, {}", title, unit),
      with_interval(sample.overlap, 2), with_interval(real.overlap, 2),
      with_interval(sample.divergence, 3), with_interval(real.divergence, 3),
      sample.diversity.value, mean(sample.mean), mean(judgement.reference_means[i]));
}

std::string feature_table(const eval::Judgement& judgement) {
  std::string rows;
  for (std::size_t i = 0; i < eval::kFeatures; ++i) rows += feature_row(judgement, i);
  return fmt::format(
      "<section class=\"card wide\"><h2>Features</h2><table class=\"figures\">\n"
      "<tr><th>feature</th><th>overlap</th><th>real with real</th><th>divergence</th>"
      "<th>real from real</th><th>diversity</th><th>mean</th><th>mean, real</th></tr>\n{}</table>\n"
      "<p class=\"note\">Overlapping area and KL divergence (nats) of the distances within the "
      "real reference and between it and the samples. In parentheses: 95 % bootstrap intervals. "
      "Diversity: mean distance between two samples, divided by that between two real excerpts."
      "</p></section>\n",
      rows);
}

// The passage with what stands around it.
std::string marked_roll(eval::Notes notes, double from_s, double seconds, std::string label) {
  const double before_s = std::min(kContext_s, from_s);
  return roll_svg(notes, {.shown = {from_s - before_s, before_s + seconds + kContext_s},
                          .marked = {from_s, seconds},
                          .label = std::move(label)});
}

std::string copy_card(const CopyCard& card) {
  const auto& passage = card.passage;
  if (passage.notes == 0) return "";
  return fmt::format(
      "<article class=\"sample\"><h3>{}: {} notes at {:.1f} s</h3>\n{}"
      "<p class=\"note\">{}, at {:.1f} s; {:+} semitones, {:.2f} times as fast</p>\n{}</article>\n",
      escaped(card.sample), passage.notes, passage.from_s,
      marked_roll(card.sample_music.notes, passage.from_s, passage.seconds,
                  "Piano roll of the sample"),
      escaped(card.source), passage.piece_from_s, passage.transposition, passage.tempo,
      marked_roll(card.source_music, passage.piece_from_s, passage.piece_seconds,
                  "Piano roll of the source"));
}

std::string originality_rows(const OriginalityPart& part) {
  const auto row = [](const char* name, const eval::SetOriginality& set) {
    std::size_t longest = 0;
    for (const auto& piece : set.pieces) longest = std::max(longest, piece.copied.notes);
    return fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", name,
                       set.pieces.size(), with_interval(set.similarity, 3),
                       with_interval(set.copied_notes, 1), longest);
  };
  return row("the samples", part.samples) + row("other human music", part.human);
}

std::string originality(const OriginalityPart& part) {
  std::string html = fmt::format(
      "<section class=\"card wide\"><h2>Originality</h2><table class=\"figures\">\n"
      "<tr><th>music</th><th>pieces</th><th>similarity to the training set</th>"
      "<th>longest copy, mean notes</th><th>longest of all</th></tr>\n{}</table>\n"
      "<p class=\"note\">Similarity: the share of the note triples of a window of {} notes that "
      "one passage of the training set has, in any key and tempo. Music that copies no more than "
      "people do is near the second row.</p></section>\n"
      "<h2>Longest passage of each sample that the training set has</h2>\n"
      "<section class=\"samples\">\n",
      originality_rows(part), eval::kWindowNotes);
  for (const auto& card : part.copies) html += copy_card(card);
  return html + "</section>\n";
}

}  // namespace

std::string judge_page(const JudgePage& page) {
  auto html = opening_of({.window_title = "judge: " + page.title,
                          .brand = "judgement of music",
                          .heading = page.title,
                          .style = kJudgeStyle});
  html += tiles(page) + overlap_plot(page.judgement) + feature_table(page.judgement);
  if (page.originality) html += originality(*page.originality);
  std::string rows;
  for (const auto& [name, value] : page.protocol) rows += table_row(name, value);
  return html +
         fmt::format("<section class=\"card\"><h2>Protocol</h2><table>\n{}</table></section>\n{}",
                     rows, kPageEnd);
}

}  // namespace pno::report
