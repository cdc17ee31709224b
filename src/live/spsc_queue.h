#pragma once

// A queue of fixed size from one thread to one other thread. Wait-free: does not allocate, lock or
// throw. After Lamport, "Specifying Concurrent Program Modules" (1983), with acquire and release.

#include <array>
#include <atomic>
#include <cstddef>
#include <optional>
#include <type_traits>

namespace pno::live {

// Capacity is a power of two.
template <class T, std::size_t Capacity>
class SpscQueue {
  static_assert((Capacity & (Capacity - 1)) == 0);
  static_assert(std::is_trivially_copyable_v<T>);
  static_assert(std::atomic<std::size_t>::is_always_lock_free);

 public:
  // For the producer. Returns false if the queue is full.
  bool push(const T& item) noexcept {
    const std::size_t end = end_.load(std::memory_order_relaxed);
    if (end - known_begin_ == Capacity) {
      known_begin_ = begin_.load(std::memory_order_acquire);
      if (end - known_begin_ == Capacity) return false;
    }
    items_[end % Capacity] = item;
    end_.store(end + 1, std::memory_order_release);
    return true;
  }

  // For the consumer. Empty if the queue is.
  std::optional<T> pop() noexcept {
    const std::size_t begin = begin_.load(std::memory_order_relaxed);
    if (begin == known_end_) {
      known_end_ = end_.load(std::memory_order_acquire);
      if (begin == known_end_) return std::nullopt;
    }
    const T item = items_[begin % Capacity];
    begin_.store(begin + 1, std::memory_order_release);
    return item;
  }

  // For the producer: items that can be pushed at least.
  std::size_t room() const noexcept {
    return Capacity -
           (end_.load(std::memory_order_relaxed) - begin_.load(std::memory_order_acquire));
  }

 private:
  static constexpr std::size_t kCacheLine = 64;

  alignas(kCacheLine) std::atomic<std::size_t> end_{0};
  std::size_t known_begin_ = 0;  // of the producer: begin_, possibly out of date
  alignas(kCacheLine) std::atomic<std::size_t> begin_{0};
  std::size_t known_end_ = 0;  // of the consumer: end_, possibly out of date
  alignas(kCacheLine) std::array<T, Capacity> items_{};
};

}  // namespace pno::live
