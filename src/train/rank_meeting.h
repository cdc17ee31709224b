#pragma once

// How the ranks of a run find each other: at the board that rank 0 (or torchrun) keeps.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "train/rank_place.h"
#include "train/rank_watch.h"

namespace pno::train {

struct RankOptions {
  RankPlace place;
  double timeout_s = 30;  // a rank of which nothing is heard for so long is gone
  double join_s = 300;    // that the ranks wait for each other when they begin
};

// What a rank says of itself.
struct RankMember {
  std::string host, process;
  std::string cores;  // that it may run on: "0,1,"
};

// Waits for ranks, and says so where it takes longer.
class RankMeeting {
 public:
  // Both outlive the meeting.
  RankMeeting(const RankOptions& options, const std::function<void(const std::string&)>& say)
      : options_(options), say_(say) {}

  // `open` throws where the board is not there (yet). Tries again, unless this process keeps it.
  using Open = std::function<std::shared_ptr<RankBoard>(bool keeps_it)>;
  Expected<std::shared_ptr<RankBoard>> find_board(const Open& open);
  // All ranks, in their order, once all are there.
  Expected<std::vector<RankMember>> meet(RankBoard& board);

 private:
  using Clock = std::chrono::steady_clock;
  bool is_over() const;
  void say_once(const std::function<std::string()>& what);
  std::string missing(RankBoard& board, int first) const;

  const RankOptions& options_;
  const std::function<void(const std::string&)>& say_;
  Clock::time_point start_ = Clock::now();
  bool has_spoken_ = false;
};

}  // namespace pno::train
