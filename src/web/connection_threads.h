#pragma once

// The threads of a server: one for each connection, since an open stream holds its thread. They are
// started when they are needed, used again, and end after some seconds without work; beyond the
// limit, connections wait to be accepted.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "web/limits.h"

// cpp-httplib's header is included by the two files that need it.
#include <httplib.h>

namespace pno::web {

class ConnectionThreads : public httplib::TaskQueue {
 public:
  explicit ConnectionThreads(std::size_t most) : most_(most) {}

  void enqueue(std::function<void()> work) override {
    join(take_finished());
    std::unique_lock lock(mutex_);
    room_.wait(lock,
               [&] { return is_stopping_ || idle_ > work_.size() || threads_.size() < most_; });
    work_.push_back(std::move(work));
    if (idle_ < work_.size() && threads_.size() < most_) {
      threads_.emplace_front();
      const auto self = threads_.begin();
      *self = std::thread([this, self] { run(self); });
    }
    news_.notify_one();
  }

  void shutdown() override {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    news_.notify_all();
    room_.notify_all();
    // From now on no thread moves itself to finished_.
    join(take_finished());
    join(std::exchange(threads_, {}));
  }

  // Those that run or wait.
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return threads_.size();
  }

 private:
  static constexpr std::chrono::seconds kLongestIdle{2};
  using Threads = std::list<std::thread>;

  Threads take_finished() {
    const std::lock_guard lock(mutex_);
    return std::exchange(finished_, {});
  }
  static void join(Threads threads) {
    for (auto& thread : threads) thread.join();
  }

  void run(Threads::iterator self) {
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_;
      room_.notify_one();
      news_.wait_for(lock, kLongestIdle, [&] { return is_stopping_ || !work_.empty(); });
      --idle_;
      if (work_.empty()) {
        if (!is_stopping_) finished_.splice(finished_.end(), threads_, self);
        return;
      }
      auto work = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      work();
      work = nullptr;
      lock.lock();
    }
  }

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable news_, room_;
  std::deque<std::function<void()>> work_;
  Threads threads_, finished_;
  std::size_t idle_ = 0;
  bool is_stopping_ = false;
};

}  // namespace pno::web
