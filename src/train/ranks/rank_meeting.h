#pragma once

// How the ranks of a run find each other: at the board that rank 0 (or torchrun) keeps.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "train/rank_options.h"
#include "train/ranks/rank_watch.h"

namespace pno::train {

// How often each rank says that it is there, and how many of these make the timeout.
std::chrono::milliseconds beat(const RankOptions& options);
int silent_beats(const RankOptions& options);

// What a rank says of itself.
struct RankMember {
  std::string host, process;
  std::string cores;  // that it may run on: "0,1,"

  // "rank 2 (node7, process 4711)"
  std::string name(int rank) const;
};

// Waits for ranks, and says so where it takes longer.
class RankMeeting {
 public:
  // Both outlive the meeting.
  RankMeeting(const RankOptions& options, const std::function<void(const std::string&)>& say)
      : options_(options), say_(say), beats_(options.place.rank, options.place.size) {}

  // `open` throws where the board is not there (yet). Tries again, unless this process keeps it.
  using Open = std::function<std::shared_ptr<RankBoard>(bool keeps_it)>;
  Expected<std::shared_ptr<RankBoard>> find_board(const Open& open);
  // All ranks, in their order, once all are there. One that came, and of which nothing is heard any
  // more, is an error that names it, at every rank.
  Expected<std::vector<RankMember>> meet(RankBoard& board);

 private:
  using Clock = std::chrono::steady_clock;
  bool is_over() const;
  void say_once(const std::function<std::string()>& what);
  std::string missing(RankBoard& board, int first) const;
  // Which of those that are there already is gone again; empty where none is.
  std::string gone(RankBoard& board);

  const RankOptions& options_;
  const std::function<void(const std::string&)>& say_;
  Clock::time_point start_ = Clock::now(), last_beat_ = start_;
  RankBeats beats_;
  bool has_spoken_ = false;
};

}  // namespace pno::train
