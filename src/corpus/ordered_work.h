#pragma once

// Jobs made on several threads and taken in their order on one: what comes out does not depend on
// how many threads there are.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/interrupt.h"

namespace pno::corpus {

// What may wait to be taken before the threads do, so that memory stays bounded.
struct WorkBounds {
  std::size_t jobs = 256;
  std::int64_t weight = 4'000'000;  // as weigh() has it
};

// Lets waiting threads go when a scope ends, be it by an exception.
struct StopAtExit {
  std::mutex& mutex;
  std::condition_variable& may_work;
  bool& stopped;
  ~StopAtExit() {
    {
      const std::lock_guard lock(mutex);
      stopped = true;
    }
    may_work.notify_all();
  }
};

// Calls make(i, thread) for every i below `count`, on `threads` threads, then take(i, result) on
// the caller's, for i = 0, 1, …, as long as it returns true. weigh(result) says how much a waiting
// result holds. False where it ended early, by take() or interrupted (base/interrupt.h). What a
// thread throws is thrown on.
template <class Make, class Weigh, class Take>
bool work_in_order(std::size_t count, int threads, const WorkBounds& bounds, Make&& make,
                   Weigh&& weigh, Take&& take) {
  using Result = std::invoke_result_t<Make&, std::size_t, int>;
  std::mutex mutex;
  std::condition_variable may_work, may_take;
  std::deque<std::optional<Result>> waiting;  // of jobs taken, taken + 1, …
  std::size_t started = 0, taken = 0;
  std::int64_t waiting_weight = 0;
  std::exception_ptr thrown;
  bool stopped = false, takes_more = true;

  const auto work = [&](int thread) {
    std::unique_lock lock(mutex);
    while (true) {
      may_work.wait(lock,
                    [&] { return stopped || started == count || started < taken + bounds.jobs; });
      if (stopped || started == count) return;
      const std::size_t job = started++;
      waiting.resize(std::max(waiting.size(), job - taken + 1));
      lock.unlock();
      std::optional<Result> result;
      try {
        result = make(job, thread);
      } catch (...) {
        lock.lock();
        thrown = std::current_exception();
        stopped = true;
        may_take.notify_all();
        may_work.notify_all();
        return;
      }
      lock.lock();
      const std::int64_t weight = weigh(*result);
      may_work.wait(lock, [&] {
        return stopped || job == taken || waiting_weight + weight <= bounds.weight;
      });
      if (stopped) return;
      waiting_weight += weight;
      waiting[job - taken] = std::move(result);
      if (job == taken) may_take.notify_one();
    }
  };

  constexpr auto kLookForInterrupt = std::chrono::milliseconds(50);
  {
    std::vector<std::jthread> pool;
    pool.reserve(static_cast<std::size_t>(threads));
    for (int thread = 0; thread < threads; ++thread) pool.emplace_back(work, thread);
    const StopAtExit stop{mutex, may_work, stopped};  // before the pool waits for its threads
    std::unique_lock lock(mutex);
    while (taken < count && !stopped) {
      may_take.wait_for(lock, kLookForInterrupt, [&] {
        return stopped || (!waiting.empty() && waiting.front().has_value());
      });
      if (interrupted()) stopped = true;
      while (!stopped && !waiting.empty() && waiting.front().has_value()) {
        Result result = std::move(*waiting.front());
        waiting.pop_front();
        waiting_weight -= weigh(result);
        const std::size_t job = taken++;
        lock.unlock();
        may_work.notify_all();
        takes_more = take(job, std::move(result));
        lock.lock();
        if (!takes_more || interrupted()) stopped = true;
      }
    }
  }
  if (thrown) std::rethrow_exception(thrown);
  return taken == count && takes_more;
}

}  // namespace pno::corpus
