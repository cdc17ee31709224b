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

std::string progress_text(const ProgressState& state) {
  const auto done = state.done, total = state.total;
  const double rate =
      state.elapsed_s > 0 ? static_cast<double>(done - state.done_before) / state.elapsed_s : 0;
  std::string text(state.label);
  if (total > 0) {
    text += fmt::format("  {} %  {}/{} {}", std::min<std::int64_t>(done, total) * 100 / total, done,
                        total, state.unit);
  } else {
    text += fmt::format("  {} {}", done, state.unit);
  }
  text += rate < 10 ? fmt::format("  {:.1f}/s", rate) : fmt::format("  {:.0f}/s", rate);
  if (!state.detail.empty()) text += fmt::format("  {}", state.detail);
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

bool ProgressLine::is_due() const {
  const auto now = Clock::now();
  return now - started_ >= std::chrono::seconds(1) &&
         now - drawn_ >= std::chrono::milliseconds(100);
}

void ProgressLine::draw(std::string_view text) {
  drawn_ = Clock::now();
  fmt::print(stderr, "\r\033[K{}", text);
  std::fflush(stderr);
}

void ProgressLine::show(std::string_view text) {
  if (is_terminal_ && is_due()) draw(text);
}

void ProgressLine::update(std::int64_t done, std::int64_t total, std::string_view detail) {
  if (!is_terminal_) return;
  if (!first_) first_ = Start{Clock::now(), done};
  if (!is_due()) return;
  const double elapsed_s = std::chrono::duration<double>(Clock::now() - first_->time).count();
  draw(progress_text({.label = label_,
                      .unit = unit_,
                      .done = done,
                      .total = total,
                      .elapsed_s = elapsed_s,
                      .done_before = first_->done,
                      .detail = detail}));
}

}  // namespace pno
