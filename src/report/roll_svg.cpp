#include "report/roll_svg.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/html.h"

namespace pno::report {
namespace {

constexpr double kMargin = 4, kLeastWidth = 1.5;
constexpr int kFewestPitches = 24;  // two octaves, so that few notes are not bars
constexpr double kEdge_s = 0.0005;  // times are in milliseconds

bool begins_in(const RollPart& part, double start_s) {
  return start_s >= part.from_s - kEdge_s && start_s <= part.from_s + part.seconds + kEdge_s;
}

}  // namespace

std::string roll_svg(eval::Notes notes, const RollOptions& options) {
  const auto& shown = options.shown;
  int low = 127, high = 0;
  for (const auto& note : notes) {
    if (!begins_in(shown, static_cast<double>(note.start_us) / 1e6)) continue;
    low = std::min<int>(low, note.pitch);
    high = std::max<int>(high, note.pitch);
  }
  if (const int missing = kFewestPitches - (high - low + 1); missing > 0) {
    low -= missing / 2;
    high += missing - missing / 2;
  }
  const double row = (options.height - 2 * kMargin) / (high - low + 1);
  const double second = (options.width - 2 * kMargin) / std::max(shown.seconds, kEdge_s);
  std::string svg =
      fmt::format("<svg class=\"roll\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n",
                  options.width, options.height, escaped(options.label));
  for (const auto& note : notes) {
    const double start_s = static_cast<double>(note.start_us) / 1e6;
    if (!begins_in(shown, start_s)) continue;
    const double left = kMargin + (start_s - shown.from_s) * second;
    const double right = std::min(left + note.length_us / 1e6 * second, options.width - kMargin);
    const bool is_marked = options.marked.seconds > 0 && begins_in(options.marked, start_s);
    svg +=
        fmt::format("<rect{} x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
                    is_marked ? " class=\"marked\"" : "", left, kMargin + (high - note.pitch) * row,
                    std::max(right - left, kLeastWidth), std::max(row - 0.3, 1.0));
  }
  return svg + "</svg>\n";
}

}  // namespace pno::report
