#pragma once

// c10d's key-value store, which all ranks of a run reach. Every function may throw: then the
// process that serves it is lost.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "train/rank_options.h"

namespace pno::train {

// Texts and counters by name, shared by all ranks.
class RankStore {
 public:
  RankStore() = default;
  RankStore(const RankStore&) = delete;
  RankStore& operator=(const RankStore&) = delete;
  virtual ~RankStore() = default;

  virtual void set(const std::string& key, const std::string& text) = 0;
  // Nothing if the key was never set.
  virtual std::optional<std::string> get(const std::string& key) = 0;
  // Adds to a counter that begins at 0, and returns the sum.
  virtual std::int64_t add(const std::string& key, std::int64_t number) = 0;
};

// Connects to the store at place.address:port. Rank 0 serves it, unless the launcher does. The
// other ranks wait up to `timeout` for it. Defined in rank_engine.cpp, which alone includes c10d.
std::unique_ptr<RankStore> open_store(const RankPlace& place, std::chrono::milliseconds timeout);

}  // namespace pno::train
