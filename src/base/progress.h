#pragma once

// A progress line on stderr for long jobs: units done, rate, time left. It is shown only if stderr
// is a terminal and the job has taken over a second.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace pno {

// Called by library functions while they work: units done, units in all (0 if unknown).
using ProgressFunction = std::function<void(std::int64_t done, std::int64_t total)>;

class ProgressLine {
 public:
  // `unit` in the plural: "files", "tokens".
  ProgressLine(std::string label, std::string unit);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();  // clears the line

  // Redraws at most ten times a second. `detail` is shown after the rate. Units done at the first
  // update do not count towards the rate: a resumed job did not do them.
  void update(std::int64_t done, std::int64_t total, std::string_view detail = {});

  // Shows `text` instead, of at most 80 columns. Redraws at most ten times a second.
  void show(std::string_view text);

  // Prints `text` as a permanent line above the progress line, also without a terminal.
  void note(std::string_view text);

 private:
  using Clock = std::chrono::steady_clock;
  struct Start {
    Clock::time_point time;
    std::int64_t done = 0;
  };
  void clear();
  bool is_due() const;  // not in the first second, then at most ten times a second
  void draw(std::string_view text);

  std::string label_, unit_;
  Clock::time_point started_ = Clock::now(), drawn_{};
  std::optional<Start> first_;  // update
  bool is_terminal_;
};

struct ProgressState {
  std::string_view label, unit;
  std::int64_t done = 0, total = 0;  // units; a total of 0 is unknown
  double elapsed_s = 0;
  std::int64_t done_before = 0;  // units of `done` from before the elapsed time
  std::string_view detail = {};
};

// The text of the line, without control characters: "train  40 %  312/780 steps  5.1/s  1:32 left".
std::string progress_text(const ProgressState& state);

// "1:32", "2:05:09".
std::string clock_text(double seconds);

}  // namespace pno
