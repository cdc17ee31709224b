#include "infer/kernels/thread_pool.h"

#include <hwy/cache_control.h>

#include <system_error>

#include "base/error.h"

namespace pno::infer {
namespace {

// Value of `unclaimed_` that tells the workers to end.
constexpr std::uint32_t kStop = 0xFFFFFFFF;

// About 50 microseconds: longer than the gap between two products of a token.
constexpr int kSpins = 2000;

// Returns the value once it differs from `old`: spins first, then sleeps.
std::uint32_t await_change(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (const auto now = value.load(std::memory_order_acquire); now != old) return now;
    hwy::Pause();
  }
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  PNO_CHECK(threads >= 1, "a thread pool needs at least one thread");
  workers_.reserve(static_cast<std::size_t>(threads - 1));
  try {
    for (int worker = 1; worker < threads; ++worker) {
      workers_.emplace_back([this, worker] { work(worker); });
    }
  } catch (const std::system_error&) {  // work with the threads that were started
  }
}

ThreadPool::~ThreadPool() {
  unclaimed_.store(kStop, std::memory_order_release);
  unclaimed_.notify_all();
  for (auto& worker : workers_) worker.join();
}

void ThreadPool::distribute(const Job& job, int tasks) {
  job_ = job;
  const auto count = static_cast<std::uint32_t>(tasks);
  unfinished_.store(count, std::memory_order_relaxed);
  unclaimed_.store(count, std::memory_order_release);
  unclaimed_.notify_all();
  take_tasks(0);
  auto left = unfinished_.load(std::memory_order_acquire);
  while (left != 0) left = await_change(unfinished_, left);
}

void ThreadPool::take_tasks(int worker) {
  auto left = unclaimed_.load(std::memory_order_relaxed);
  while (left != 0 && left != kStop) {
    if (!unclaimed_.compare_exchange_weak(left, left - 1, std::memory_order_acq_rel,
                                          std::memory_order_relaxed)) {
      continue;
    }
    job_.call(job_.context, static_cast<int>(left) - 1, worker);
    if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished_.notify_all();
    left = unclaimed_.load(std::memory_order_relaxed);
  }
}

void ThreadPool::work(int worker) {
  while (await_change(unclaimed_, 0) != kStop) take_tasks(worker);
}

}  // namespace pno::infer
