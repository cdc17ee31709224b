#pragma once

// Seconds since the last lap, for the account of where time goes.

#include <chrono>

namespace pno::corpus {

class Stopwatch {
 public:
  double lap_s() {
    const auto now = Clock::now();
    const std::chrono::duration<double> lap = now - lap_;
    lap_ = now;
    return lap.count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point lap_ = Clock::now();
};

}  // namespace pno::corpus
