#pragma once

// One line on stderr that says how far a long job is: done, rate, time left.
// Only shown when stderr is a terminal and the job has taken over a second.

#include <chrono>
#include <cstdint>
#include <functional>
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

  // Redraws at most ten times a second. `detail` is shown after the rate.
  void update(std::int64_t done, std::int64_t total, std::string_view detail = {});

 private:
  using Clock = std::chrono::steady_clock;
  std::string label_, unit_;
  Clock::time_point started_ = Clock::now(), drawn_{};
  bool is_terminal_;
};

// The text of the line, without control characters: "train  40 %  312/780 steps  5.1/s  1:32 left".
std::string progress_text(std::string_view label, std::string_view unit, std::int64_t done,
                          std::int64_t total, double elapsed_s, std::string_view detail);

// "1:32", "2:05:09".
std::string clock_text(double seconds);

}  // namespace pno
