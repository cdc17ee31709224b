#include "report/interval_plot.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/html.h"
#include "report/line_chart.h"

namespace pno::report {
namespace {

// In units of the viewBox.
constexpr double kWidth = 860, kNames = 230, kRight = 16, kTop = 52, kRow = 24, kBottom = 30;
constexpr double kBetween = 7;  // from one series to the next within a row
constexpr int kTicks = 5;

class Painter {
 public:
  explicit Painter(const IntervalPlot& plot)
      : plot_(plot), height_(kTop + kRow * static_cast<double>(plot.rows.size()) + kBottom) {}

  std::string svg() {
    text_ = fmt::format(
        "<svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n"
        "<text class=\"chart-title\" x=\"0\" y=\"18\">{}</text>\n",
        kWidth, height_, escaped(plot_.title), escaped(plot_.title));
    axis();
    legend();
    for (std::size_t i = 0; i < plot_.rows.size(); ++i) row(i);
    return text_ + "</svg>\n";
  }

 private:
  double at(double value) const {
    const double share = std::clamp((value - plot_.low) / (plot_.high - plot_.low), 0.0, 1.0);
    return kNames + share * (kWidth - kNames - kRight);
  }

  void axis() {
    for (const double tick : ticks(plot_.low, plot_.high, kTicks)) {
      text_ += fmt::format(
          "<path class=\"grid\" d=\"M{:.1f} {}V{:.1f}\"/><text class=\"tick middle\" x=\"{:.1f}\" "
          "y=\"{:.1f}\">{:g}</text>\n",
          at(tick), kTop - 8, height_ - kBottom, at(tick), height_ - kBottom + 17, tick);
    }
  }

  void legend() {
    double left = kNames;
    constexpr double kLetter = 7;
    for (std::size_t i = 0; i < plot_.series.size(); ++i) {
      text_ += fmt::format(
          "<circle style=\"fill:var(--line-{})\" cx=\"{:.1f}\" cy=\"30\" r=\"4\"/><text "
          "class=\"tick\" x=\"{:.1f}\" y=\"34\">{}</text>\n",
          i, left + 4, left + 13, escaped(plot_.series[i]));
      left += kLetter * static_cast<double>(plot_.series[i].size()) + 36;
    }
  }

  void row(std::size_t index) {
    const auto& [name, figures] = plot_.rows[index];
    const double middle = kTop + kRow * (static_cast<double>(index) + 0.5);
    text_ += fmt::format("<text class=\"tick\" x=\"0\" y=\"{:.1f}\">{}</text>\n", middle + 4,
                         escaped(name));
    const double first = middle - kBetween * static_cast<double>(figures.size() - 1) / 2;
    for (std::size_t i = 0; i < figures.size(); ++i) {
      const double y = first + kBetween * static_cast<double>(i);
      text_ += fmt::format(
          "<path class=\"line\" style=\"stroke:var(--line-{0})\" d=\"M{1:.1f} {3:.1f}H{2:.1f}\"/>"
          "<circle style=\"fill:var(--line-{0})\" cx=\"{4:.1f}\" cy=\"{3:.1f}\" r=\"3.5\"/>\n",
          i, at(figures[i].low), at(figures[i].high), y, at(figures[i].value));
    }
  }

  const IntervalPlot& plot_;
  double height_;
  std::string text_;
};

}  // namespace

std::string svg_of(const IntervalPlot& plot) {
  return Painter(plot).svg();
}

}  // namespace pno::report
