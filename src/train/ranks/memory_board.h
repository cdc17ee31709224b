#pragma once

// For the tests of ranks: a board in memory.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "train/ranks/rank_watch.h"

namespace pno::train {

// A board in memory that can be switched off: then it throws, or does not answer.
class MemoryBoard : public RankBoard {
 public:
  void set(const std::string& key, const std::string& text) override {
    const auto lock = entered();
    texts_[key] = text;
  }
  std::optional<std::string> get(const std::string& key) override {
    const auto lock = entered();
    const auto found = texts_.find(key);
    return found == texts_.end() ? std::nullopt : std::optional(found->second);
  }
  std::int64_t add(const std::string& key, std::int64_t number) override {
    const auto lock = entered();
    return counters_[key] += number;
  }

  std::atomic<bool> throws = false, hangs = false;

 private:
  std::unique_lock<std::mutex> entered() {
    while (hangs) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (throws) throw std::runtime_error("closed");
    return std::unique_lock(mutex_);
  }

  std::mutex mutex_;
  std::map<std::string, std::string> texts_;
  std::map<std::string, std::int64_t> counters_;
};

}  // namespace pno::train
