#include "picture/overlap_plot.h"

#include <algorithm>
#include <cmath>

#include "picture/canvas.h"
#include "picture/dataset_plot.h"

namespace pno::picture {
namespace {

constexpr int kWidthPx = 1000, kHeightPx = 520;
constexpr double kMargin = 36, kHeading = 96, kBelow = 64, kLeft = 56;
constexpr double kTitleSize = 20, kTextSize = 12;
constexpr Colour kOther = rgb(0xb9b4c4), kSame = rgb(0x3f8f8a), kThreshold = rgb(0xdc6a72);

// A count's place between 0 and 1 of an axis on which each power of ten is as high as the next; a
// single pair is seen, too.
double height_of(double count, int decades) {
  if (count <= 0) return 0;
  return (std::log10(count) + 0.3) / (decades + 0.3);
}

void draw_counts(const Rectangle& area, int decades, Canvas& canvas) {
  for (int decade = 0; decade <= decades; ++decade) {
    const double count = std::pow(10, decade);
    const double y = std::round(area.bottom() - height_of(count, decades) * area.height);
    canvas.fill({area.x, y, area.width, 1}, kTimeLine);
    canvas.text({area.x - 8, y + 4},
                {.size = kTextSize, .colour = kFaintInk, .side = TextSide::right},
                short_number(count));
  }
  canvas.fill({area.x, std::round(area.bottom()), area.width, 1}, kOctaveLine);
}

void draw_shares(const Rectangle& area, Canvas& canvas) {
  for (int tenth = 0; tenth <= 10; ++tenth) {
    const double x = std::round(area.x + area.width * tenth / 10);
    canvas.fill({x, area.bottom() + 1, 1, 4}, kOctaveLine);
    canvas.text({x, area.bottom() + 20},
                {.size = kTextSize, .colour = kFaintInk, .side = TextSide::middle},
                fmt::format("{} %", 10 * tenth));
  }
  canvas.text({area.x + area.width / 2, area.bottom() + 44},
              {.size = kTextSize, .colour = kFaintInk, .side = TextSide::middle},
              "of the smaller piece's 7-grams of pitches are in the other piece, too");
}

void draw_threshold(const OverlapPlot& plot, const Rectangle& area, Canvas& canvas) {
  const double x = std::round(area.x + area.width * plot.threshold);
  canvas.fill({x - 1, area.y - 12, 2, area.height + 12}, kThreshold);
  // Beside the line, on the side that has room.
  const bool is_left = plot.threshold < 0.5;
  canvas.text(
      {x + (is_left ? 8 : -8), area.y - 4},
      {.size = kTextSize, .colour = kThreshold, .side = is_left ? TextSide::left : TextSide::right},
      fmt::format("the same music from {:.3g}", plot.threshold));
}

}  // namespace

Expected<void> draw_overlap_plot(const OverlapPlot& plot, const std::filesystem::path& output) {
  PNO_TRY(auto canvas, Canvas::create(output, kWidthPx, kHeightPx));
  const std::int64_t highest = plot.pairs.empty() ? 0 : std::ranges::max(plot.pairs);
  if (highest == 0 || plot.pairs.size() < 2) {
    return fail("{}: has nothing to show, because no pairs of pieces have anything in common",
                output.string());
  }
  canvas.fill({0, 0, kWidthPx, kHeightPx}, kPaper);
  canvas.text({kMargin, kMargin + 12}, {.size = kTitleSize, .colour = kInk}, plot.title);
  canvas.text({kMargin, kMargin + 34}, {.size = kTextSize, .colour = kFaintInk}, plot.subtitle);
  const Rectangle area{kMargin + kLeft, kHeading, kWidthPx - 2 * kMargin - kLeft,
                       kHeightPx - kHeading - kBelow};
  const int decades = std::max(1, static_cast<int>(std::ceil(std::log10(highest))));
  draw_counts(area, decades, canvas);
  // The bar of the pairs that are alike wholly stands at the right edge, inside.
  const std::size_t steps = plot.pairs.size() - 1;
  const double bar_px = area.width / static_cast<double>(steps);
  for (std::size_t i = 0; i < plot.pairs.size(); ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(steps);
    const double height = height_of(static_cast<double>(plot.pairs[i]), decades) * area.height;
    const double x = std::min(area.x + share * area.width, area.right() - bar_px / 2);
    const double width = i < steps ? bar_px - 1 : bar_px / 2;
    canvas.fill({x, area.bottom() - height, width, height},
                share + 1e-9 < plot.threshold ? kOther : kSame);
  }
  draw_shares(area, canvas);
  draw_threshold(plot, area, canvas);
  return canvas.commit();
}

}  // namespace pno::picture
