#include "picture/dataset_plot.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/progress.h"
#include "base/round_step.h"
#include "picture/canvas.h"
#include "picture/piano_keys.h"

namespace pno::picture {
namespace {

constexpr int kWidthPx = 1280, kHeightPx = 860;
constexpr double kMargin = 36, kHeading = 84, kGap = 40;
constexpr double kTitleSize = 22, kPanelTitleSize = 15, kTextSize = 12;
constexpr Colour kLengthBars = rgb(0x3f8f8a), kPitchBars = rgb(0x8a6fa8),
                 kBlackKeyBars = rgb(0x4b3a63), kDensityBars = rgb(0xdc6a72);

struct Tick {
  double at = 0;
  std::string text;
};

struct Panel {
  std::string title, fact;  // above the bars, left and right
  std::string unit;         // below them
  Bars bars;
  std::vector<Tick> ticks;
  std::function<Colour(std::size_t bar)> colour;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// About eight ticks at multiples of a round step.
std::vector<Tick> round_ticks(const Bars& bars) {
  constexpr double kTicks = 8;
  const double step = std::max(bars.step, round_step((bars.to() - bars.from) / kTicks));
  std::vector<Tick> ticks;
  for (int i = 0; i * step <= bars.to() + bars.step / 2; ++i) {
    ticks.push_back({i * step, fmt::format("{:.4g}", i * step)});
  }
  return ticks;
}

// The range of indices with a count above 0; `first` and `last` if there is none.
std::pair<int, int> range_of(std::span<const std::int64_t> counts) {
  const auto is_some = [](std::int64_t count) { return count > 0; };
  const auto first = std::find_if(counts.begin(), counts.end(), is_some);
  const auto last = std::find_if(counts.rbegin(), counts.rend(), is_some);
  return {static_cast<int>(first - counts.begin()), static_cast<int>(counts.rend() - last) - 1};
}

Panel length_panel(const DatasetPlot& plot) {
  Panel panel{.title = "Length of the pieces",
              .fact = fmt::format("median {}", clock_text(median(plot.minutes) * 60)),
              .unit = "minutes",
              .bars = bars_of(plot.minutes),
              .ticks = {},
              .colour = [](std::size_t) { return kLengthBars; }};
  panel.ticks = round_ticks(panel.bars);
  return panel;
}

Panel density_panel(const DatasetPlot& plot) {
  Panel panel{.title = "Notes a second, in each piece",
              .fact = fmt::format("median {:.1f}", median(plot.notes_per_s)),
              .unit = "notes a second",
              .bars = bars_of(plot.notes_per_s),
              .ticks = {},
              .colour = [](std::size_t) { return kDensityBars; }};
  panel.ticks = round_ticks(panel.bars);
  return panel;
}

// The range of a piano, extended if the music goes beyond it.
Panel pitch_panel(const DatasetPlot& plot) {
  constexpr int kLowestKey = 21, kHighestKey = 108;
  const auto [lowest, highest] = range_of(plot.pitches);
  const int from = std::min(lowest, kLowestKey), to = std::max(highest, kHighestKey);
  Panel panel{.title = "Pitch of the notes",
              .fact = fmt::format("{} to {}", pitch_name(lowest), pitch_name(highest)),
              .unit = "black keys are darker",
              .bars = {.from = from - 0.5,
                       .step = 1,
                       .counts = {plot.pitches.begin() + from, plot.pitches.begin() + to + 1}},
              .ticks = {},
              .colour = [from](std::size_t bar) {
                return is_black_key(from + static_cast<int>(bar)) ? kBlackKeyBars : kPitchBars;
              }};
  for (int pitch = (from + 11) / 12 * 12; pitch <= to; pitch += 12) {
    panel.ticks.push_back({static_cast<double>(pitch), pitch_name(pitch)});
  }
  return panel;
}

Panel velocity_panel(const DatasetPlot& plot) {
  const auto [lowest, highest] = range_of(plot.velocities);
  Panel panel{.title = "Velocity of the notes",
              .fact = fmt::format("{} to {}", lowest, highest),
              .unit = "soft at the left, loud at the right",
              .bars = {.from = 0.5,
                       .step = 1,
                       .counts = {plot.velocities.begin() + 1, plot.velocities.end()}},
              .ticks = {},
              .colour = [](std::size_t bar) { return touch_colour(static_cast<int>(bar) + 1); }};
  for (const int velocity : {1, 16, 32, 48, 64, 80, 96, 112, 127}) {
    panel.ticks.push_back({static_cast<double>(velocity), std::to_string(velocity)});
  }
  return panel;
}

void draw_panel(const Panel& panel, const Rectangle& area, Canvas& canvas) {
  constexpr double kAbove = 34, kBelow = 44, kLeft = 46, kBarPart = 0.86;
  const Rectangle plot{area.x + kLeft, area.y + kAbove, area.width - kLeft,
                       area.height - kAbove - kBelow};
  canvas.text({area.x, area.y + 14}, {.size = kPanelTitleSize, .colour = kInk}, panel.title);
  canvas.text({area.right(), area.y + 14},
              {.size = kTextSize, .colour = kFaintInk, .side = TextSide::right}, panel.fact);

  const auto highest = static_cast<double>(std::ranges::max(panel.bars.counts));
  const double step = std::max(1.0, round_step(highest / 4));
  const double top = std::ceil(highest / step) * step;
  for (double level = 0; level <= top; level += step) {
    const double y = std::round(plot.bottom() - level / top * plot.height);
    canvas.fill({plot.x, y, plot.width, 1}, level == 0 ? kOctaveLine : kTimeLine);
    canvas.text({plot.x - 8, y + 4},
                {.size = kTextSize, .colour = kFaintInk, .side = TextSide::right},
                short_number(level));
  }

  const double bar_px = plot.width / static_cast<double>(panel.bars.counts.size());
  for (std::size_t i = 0; i < panel.bars.counts.size(); ++i) {
    if (panel.bars.counts[i] == 0) continue;
    // At least one pixel, so that rare values are visible.
    const double height =
        std::max(1.0, static_cast<double>(panel.bars.counts[i]) / top * plot.height);
    canvas.fill({plot.x + (static_cast<double>(i) + (1 - kBarPart) / 2) * bar_px,
                 plot.bottom() - height, bar_px * kBarPart, height},
                panel.colour(i));
  }

  for (const Tick& tick : panel.ticks) {
    const double share = (tick.at - panel.bars.from) / (panel.bars.to() - panel.bars.from);
    const double x = plot.x + share * plot.width;
    canvas.fill({std::round(x), plot.bottom() + 1, 1, 4}, kOctaveLine);
    canvas.text({x, plot.bottom() + 18},
                {.size = kTextSize, .colour = kFaintInk, .side = TextSide::middle}, tick.text);
  }
  std::string unit = panel.unit;
  if (panel.bars.open_ended) {
    unit += fmt::format("; the last bar: {:.4g} and more", panel.bars.to() - panel.bars.step);
  }
  canvas.text({plot.x + plot.width / 2, plot.bottom() + 37},
              {.size = kTextSize, .colour = kFaintInk, .side = TextSide::middle}, unit);
}

}  // namespace

Bars bars_of(std::span<const double> values) {
  constexpr double kMostOfThem = 0.99, kBars = 25, kShortest = 1e-3;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  Bars bars;
  if (sorted.empty()) return bars;
  const auto last = static_cast<double>(sorted.size() - 1);
  const double most = sorted[static_cast<std::size_t>(std::ceil(last * kMostOfThem))];
  bars.step = round_step(std::max(most, kShortest) / kBars);
  bars.counts.resize(static_cast<std::size_t>(most / bars.step) + 1);
  for (const double value : sorted) {
    const auto bar = static_cast<std::size_t>(value / bars.step);
    if (bar >= bars.counts.size()) bars.open_ended = true;
    ++bars.counts[std::min(bar, bars.counts.size() - 1)];
  }
  return bars;
}

std::string short_number(double number) {
  if (number >= 1e9) return fmt::format("{:.4g}G", number / 1e9);
  if (number >= 1e6) return fmt::format("{:.4g}M", number / 1e6);
  if (number >= 1e3) return fmt::format("{:.4g}k", number / 1e3);
  return fmt::format("{:.4g}", number);
}

Expected<void> draw_dataset_plot(const DatasetPlot& plot, const std::filesystem::path& output) {
  PNO_TRY(auto canvas, Canvas::create(output, kWidthPx, kHeightPx));
  const auto is_zero = [](std::int64_t count) { return count == 0; };
  if (plot.minutes.empty() || plot.minutes.size() != plot.notes_per_s.size() ||
      std::ranges::all_of(plot.pitches, is_zero) || std::ranges::all_of(plot.velocities, is_zero)) {
    return fail("{}: the dataset has no notes to plot", output.string());
  }
  canvas.fill({0, 0, kWidthPx, kHeightPx}, kPaper);
  canvas.text({kMargin, kMargin + 14}, {.size = kTitleSize, .colour = kInk}, plot.title);
  canvas.text({kWidthPx - kMargin, kMargin + 14},
              {.size = kTextSize + 1, .colour = kFaintInk, .side = TextSide::right}, plot.subtitle);

  const double width = (kWidthPx - 2 * kMargin - kGap) / 2;
  const double height = (kHeightPx - kHeading - kMargin - kGap / 2) / 2;
  const double right = kMargin + width + kGap, below = kHeading + height + kGap / 2;
  draw_panel(length_panel(plot), {kMargin, kHeading, width, height}, canvas);
  draw_panel(density_panel(plot), {right, kHeading, width, height}, canvas);
  draw_panel(pitch_panel(plot), {kMargin, below, width, height}, canvas);
  draw_panel(velocity_panel(plot), {right, below, width, height}, canvas);
  return canvas.commit();
}

}  // namespace pno::picture
