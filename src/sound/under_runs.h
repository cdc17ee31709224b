#pragma once

// Counts the gaps in live sound. A device asks for a period of samples whenever its buffers have
// room for one. If more time passes between two such calls than one period and what the buffers
// hold, it had nothing to play in between. Does not allocate, lock or throw.

#include <atomic>
#include <chrono>
#include <cstdint>

namespace pno::sound {

class UnderRuns {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `buffers`: periods between the synthesizer and the device.
  UnderRuns(int buffers, int sample_rate) : buffers_(buffers), sample_rate_(sample_rate) {}
  UnderRuns(const UnderRuns& other) : UnderRuns(other.buffers_, other.sample_rate_) {}

  // The device asks for `frames` samples. Called by one thread.
  void begin_period(Time now, int frames) noexcept {
    const std::chrono::duration<double> passed = now - last_;
    const double most_s = static_cast<double>(frames) * (buffers_ + 1) / sample_rate_;
    if (last_ != Time{} && passed.count() > most_s) ++count_;
    last_ = now;
  }

  std::int64_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  int buffers_, sample_rate_;
  Time last_{};
  std::atomic<std::int64_t> count_{0};
};

}  // namespace pno::sound
