#pragma once

// One line on stderr that says how far a long job is: done, rate, time left.
// Only shown when stderr is a terminal and the job has taken over a second.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace pno {

// What a library calls while it works: units done, units in all (0 where it is not known).
using ProgressFunction = std::function<void(std::int64_t done, std::int64_t total)>;

class ProgressLine {
 public:
  // `unit` in the plural: "files", "tokens".
  ProgressLine(std::string label, std::string unit);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();  // clears the line

  // Redraws at most ten times a second. `detail` is shown after the rate. What was done at the
  // first update is counted in no rate: a job that goes on where another call stopped did not do
  // it.
  void update(std::int64_t done, std::int64_t total, std::string_view detail = {});

  // Redraws likewise with a text of the caller's own, of at most 80 columns.
  void show(std::string_view text);

  // Prints `text` as a line that stays, above the progress line; also where there is no terminal.
  void note(std::string_view text);

 private:
  using Clock = std::chrono::steady_clock;
  struct Start {
    Clock::time_point time;
    std::int64_t done = 0;
  };
  void clear();
  bool is_due() const;  // at most ten times a second, and not in the first
  void draw(std::string_view text);

  std::string label_, unit_;
  Clock::time_point started_ = Clock::now(), drawn_{};
  std::optional<Start> first_;  // update
  bool is_terminal_;
};

// The text of the line, without control characters: "train  40 %  312/780 steps  5.1/s  1:32 left".
// Of `done`, the first `done_before` took no part of the elapsed time.
std::string progress_text(std::string_view label, std::string_view unit, std::int64_t done,
                          std::int64_t total, double elapsed_s, std::string_view detail,
                          std::int64_t done_before = 0);

// "1:32", "2:05:09".
std::string clock_text(double seconds);

}  // namespace pno
