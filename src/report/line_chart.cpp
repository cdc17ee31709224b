#include "report/line_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/round_step.h"
#include "report/html.h"

namespace pno::report {
namespace {

// In units of the viewBox, which the page scales.
constexpr double kWidth = 640, kHeight = 280;
constexpr double kLeft = 58, kRight = 12, kTop = 40, kBottom = 40;
constexpr double kBeginning = 0.04;        // fraction of points that the y axis may ignore
constexpr std::size_t kMaxPoints = 600;    // of a curve: more than there are pixels
constexpr std::ptrdiff_t kSmoothing = 40;  // smoothing half-window = size / 40

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

std::vector<Point> finite(const std::vector<Point>& points) {
  std::vector<Point> kept;
  for (const auto& point : points) {
    if (std::isfinite(point.x) && std::isfinite(point.y)) kept.push_back(point);
  }
  return kept;
}

// Averages neighbours if there are more than kMaxPoints.
std::vector<Point> thinned(const std::vector<Point>& points) {
  const auto group = (points.size() + kMaxPoints - 1) / kMaxPoints;
  if (group <= 1) return points;
  std::vector<Point> means;
  for (std::size_t i = 0; i < points.size(); i += group) {
    const auto end = std::min(points.size(), i + group);
    Point mean;
    for (auto j = i; j < end; ++j) {
      mean.x += points[j].x / static_cast<double>(end - i);
      mean.y += points[j].y / static_cast<double>(end - i);
    }
    means.push_back(mean);
  }
  return means;
}

// A centred moving average. The window shrinks towards the ends, so that it stays centred.
std::vector<Point> smooth(const std::vector<Point>& points) {
  std::vector<Point> means;
  const auto size = std::ssize(points), reach = size / kSmoothing;
  for (std::ptrdiff_t i = 0; i < size; ++i) {
    const auto around = std::min({reach, i, size - 1 - i});
    double sum = 0;
    for (auto j = i - around; j <= i + around; ++j) sum += points[static_cast<std::size_t>(j)].y;
    means.push_back(
        {points[static_cast<std::size_t>(i)].x, sum / static_cast<double>(2 * around + 1)});
  }
  return means;
}

std::string tick_text(double value, double step) {
  const double size = std::abs(value);
  if (size >= 1e6) return fmt::format("{:g}M", value / 1e6);
  if (size >= 1e4) return fmt::format("{:g}k", value / 1e3);
  if (step < 1e-5) return fmt::format("{:.1e}", value);
  const int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  return fmt::format("{:.{}f}", value, digits);
}

class Plot {
 public:
  explicit Plot(const Chart& chart) : chart_(chart) {
    for (const auto& curve : chart.curves) points_.push_back(thinned(finite(curve.points)));
    for (const auto& points : points_) {
      const auto skipped = static_cast<std::size_t>(
          chart.cuts_beginning ? kBeginning * static_cast<double>(points.size()) : 0);
      for (std::size_t i = 0; i < points.size(); ++i) {
        x_.add(points[i].x);
        if (i >= skipped) y_.add(points[i].y);
      }
    }
    if (chart.begins_at_zero) y_.add(0);
    if (y_.low == y_.high) y_ = {y_.low - 0.5, y_.high + 0.5};
    const double margin = (y_.high - y_.low) * 0.05;
    if (!chart.begins_at_zero) y_.low -= margin;
    y_.high += margin;
  }

  bool is_empty() const { return !(x_.low < x_.high); }

  std::string svg() {
    text_ = fmt::format(R"(<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">)"
                        "\n<title>{}</title>\n",
                        kWidth, kHeight, escaped(chart_.title), escaped(chart_.title));
    text_ += fmt::format(R"(<text class="chart-title" x="{}" y="18">{}</text>)", kLeft,
                         escaped(chart_.title));
    text_ += '\n';
    axes();
    for (std::size_t i = 0; i < points_.size(); ++i) curve(i);
    legend();
    return text_ + "</svg>\n";
  }

 private:
  double at_x(double x) const {
    return kLeft + (x - x_.low) / (x_.high - x_.low) * (kWidth - kLeft - kRight);
  }
  double at_y(double y) const {
    const double share = std::clamp((y - y_.low) / (y_.high - y_.low), 0.0, 1.0);
    return kHeight - kBottom - share * (kHeight - kTop - kBottom);
  }

  void axes() {
    const auto ys = ticks(y_.low, y_.high, 5), xs = ticks(x_.low, x_.high, 6);
    const auto step_of = [](const std::vector<double>& all) {
      return all.size() > 1 ? all[1] - all[0] : 1.0;
    };
    for (const double y : ys) {
      text_ += fmt::format(
          R"(<path class="grid" d="M{:.1f} {:.1f}H{:.1f}"/><text class="tick end" x="{:.1f}" y="{:.1f}">{}</text>)",
          kLeft, at_y(y), kWidth - kRight, kLeft - 7, at_y(y) + 4, tick_text(y, step_of(ys)));
      text_ += '\n';
    }
    for (const double x : xs) {
      text_ += fmt::format(R"(<text class="tick middle" x="{:.1f}" y="{:.1f}">{}</text>)", at_x(x),
                           kHeight - kBottom + 17, tick_text(x, step_of(xs)));
      text_ += '\n';
    }
    text_ += fmt::format(R"(<text class="tick end" x="{:.1f}" y="{:.1f}">{}</text>)",
                         kWidth - kRight, kHeight - 6, escaped(chart_.x_label));
    text_ += '\n';
  }

  void line(const std::vector<Point>& points, std::size_t colour, const char* kind) {
    std::string path;
    bool is_down = false;  // of the pen; it is up over points that the axis ignores
    for (const auto& [x, y] : points) {
      if (y <= y_.high)
        path += fmt::format("{}{:.1f} {:.1f}", is_down ? 'L' : 'M', at_x(x), at_y(y));
      is_down = y <= y_.high;
    }
    text_ += fmt::format(R"svg(<path class="line {}" style="stroke:var(--line-{})" d="{}"/>)svg",
                         kind, colour, path);
    text_ += '\n';
  }

  void curve(std::size_t i) {
    const auto& points = points_[i];
    if (points.empty()) return;
    const auto& kind = chart_.curves[i];
    line(points, i, kind.smoothed ? "faint" : "");
    if (kind.smoothed) line(smooth(points), i, "");
    constexpr std::size_t kMostDots = 80;
    if (!kind.marked || points.size() > kMostDots) return;
    for (const auto& [x, y] : points) {
      text_ += fmt::format(
          R"svg(<circle style="fill:var(--line-{})" cx="{:.1f}" cy="{:.1f}" r="3"/>)svg", i,
          at_x(x), at_y(y));
    }
    text_ += '\n';
  }

  void legend() {
    if (chart_.curves.size() < 2) return;  // the title says what it is
    double right = kWidth - kRight;
    constexpr double kLetter = 6.6;
    for (std::size_t i = chart_.curves.size(); i-- > 0;) {
      const auto& name = chart_.curves[i].name;
      if (name.empty()) continue;
      text_ += fmt::format(R"(<text class="tick end" x="{:.1f}" y="18">{}</text>)", right,
                           escaped(name));
      right -= kLetter * static_cast<double>(name.size()) + 8;
      text_ += fmt::format(
          R"svg(<path class="line" style="stroke:var(--line-{})" d="M{:.1f} 14h14"/>)svg", i,
          right - 14);
      text_ += '\n';
      right -= 30;
    }
  }

  const Chart& chart_;
  std::vector<std::vector<Point>> points_;
  Range x_, y_;
  std::string text_;
};

}  // namespace

std::vector<double> ticks(double low, double high, int count) {
  const double rough = (high - low) / count;
  if (!(rough > 0) || !std::isfinite(rough)) return {};
  const double step = round_step(rough);
  std::vector<double> found;
  const double first = std::ceil(low / step - 1e-9) + 0.0;  // -0 becomes 0
  for (double i = first; i * step <= high + step * 1e-9; ++i) found.push_back(i * step);
  return found;
}

std::string svg_of(const Chart& chart) {
  Plot plot(chart);
  return plot.is_empty() ? std::string() : plot.svg();
}

}  // namespace pno::report
