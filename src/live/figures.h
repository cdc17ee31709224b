#pragma once

// Delays of a room in real microseconds, kept for their percentiles. Fixed memory: the last values.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace pno::live {

// 256 frames at 48 kHz: a note that is sent later than one period of the sound is counted as late.
inline constexpr std::int64_t kUsualPeriod_us = 5333;

class Delays {
 public:
  static constexpr std::size_t kKept = 1 << 14;

  // Called by one thread. Does not allocate, lock or throw.
  void add(std::int64_t delay_us) noexcept {
    const auto index = count_.load(std::memory_order_relaxed);
    values_[index % kKept].store(static_cast<std::int32_t>(delay_us), std::memory_order_relaxed);
    count_.store(index + 1, std::memory_order_release);
  }

  std::size_t count() const noexcept { return count_.load(std::memory_order_acquire); }
  // The value below which `share` (0..1) of the kept values are; 0 if there are none.
  double percentile_ms(double share) const;

 private:
  std::atomic<std::size_t> count_{0};
  std::array<std::atomic<std::int32_t>, kKept> values_{};
};

}  // namespace pno::live
