#include "base/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace pno {

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(std::max(0.0, seconds)));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string progress_text(std::string_view label, std::string_view unit, std::int64_t done,
                          std::int64_t total, double elapsed_s, std::string_view detail,
                          std::int64_t done_before) {
  const double rate = elapsed_s > 0 ? static_cast<double>(done - done_before) / elapsed_s : 0;
  std::string text(label);
  if (total > 0) {
    text += fmt::format("  {} %  {}/{} {}", std::min<std::int64_t>(done, total) * 100 / total, done,
                        total, unit);
  } else {
    text += fmt::format("  {} {}", done, unit);
  }
  text += rate < 10 ? fmt::format("  {:.1f}/s", rate) : fmt::format("  {:.0f}/s", rate);
  if (!detail.empty()) text += fmt::format("  {}", detail);
  if (total > done && rate > 0) {
    text += fmt::format("  {} left", clock_text(static_cast<double>(total - done) / rate));
  }
  return text;
}

ProgressLine::ProgressLine(std::string label, std::string unit)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      is_terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  clear();
}

void ProgressLine::clear() {
  if (drawn_ != Clock::time_point{}) std::fputs("\r\033[K", stderr);
  drawn_ = {};
}

void ProgressLine::note(std::string_view text) {
  clear();
  fmt::print(stderr, "{}\n", text);
}

void ProgressLine::update(std::int64_t done, std::int64_t total, std::string_view detail) {
  if (!is_terminal_) return;
  const auto now = Clock::now();
  if (!first_) first_ = Start{now, done};
  if (now - started_ < std::chrono::seconds(1) || now - drawn_ < std::chrono::milliseconds(100)) {
    return;
  }
  drawn_ = now;
  const double elapsed_s = std::chrono::duration<double>(now - first_->time).count();
  const auto text = progress_text(label_, unit_, done, total, elapsed_s, detail, first_->done);
  std::fprintf(stderr, "\r\033[K%s", text.c_str());
  std::fflush(stderr);
}

}  // namespace pno
