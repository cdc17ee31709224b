#pragma once

// Elapsed wall-clock time.

#include <chrono>

namespace pno {

class Stopwatch {
 public:
  // Since the stopwatch was made.
  double seconds() const { return between(start_, Clock::now()); }

  // Since the last call of lap_s(), or since the stopwatch was made.
  double lap_s() {
    const auto now = Clock::now();
    const double lap = between(lap_, now);
    lap_ = now;
    return lap;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static double between(Clock::time_point begin, Clock::time_point end) {
    return std::chrono::duration<double>(end - begin).count();
  }
  Clock::time_point start_ = Clock::now(), lap_ = start_;
};

}  // namespace pno
