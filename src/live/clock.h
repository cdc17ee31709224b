#pragma once

// The clock of a room: the steady clock in microseconds from its start, possibly faster.

#include <chrono>
#include <cmath>
#include <cstdint>

namespace pno::live {

class Clock {
 public:
  // speed > 0; 10: ten seconds of the room pass in one. For tests and --mock-speed.
  explicit Clock(double speed = 1) : speed_(speed) {}

  std::int64_t now_us() const noexcept {
    const auto passed = std::chrono::steady_clock::now() - start_;
    return static_cast<std::int64_t>(std::chrono::duration<double, std::micro>(passed).count() *
                                     speed_);
  }
  // Real microseconds of a span of the room's time.
  std::int64_t real_us(std::int64_t span_us) const noexcept {
    return static_cast<std::int64_t>(static_cast<double>(span_us) / speed_);
  }
  double speed() const noexcept { return speed_; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double speed_;
};

}  // namespace pno::live
