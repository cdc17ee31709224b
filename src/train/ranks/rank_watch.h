#pragma once

// Who of the ranks is still there. Each beats on a board that all can reach (c10d's store, at rank
// 0); rank 0 looks at all beats, the others at rank 0's, and what rank 0 finds it writes on the
// board, so that all say the same.
//
// A process that is killed, one that is stopped, a link that is cut and a machine that is off look
// the same from here: no beats. Time is counted in beats of one's own, so that a process that was
// itself asleep accuses nobody.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pno::train {

// Texts and counters by name. Every function may throw: the board is out of reach then.
class RankBoard {
 public:
  RankBoard() = default;
  RankBoard(const RankBoard&) = delete;
  RankBoard& operator=(const RankBoard&) = delete;
  virtual ~RankBoard() = default;

  virtual void set(const std::string& key, const std::string& text) = 0;
  // Nothing where it was never set.
  virtual std::optional<std::string> get(const std::string& key) = 0;
  // Adds to a counter that begins at 0, and returns the sum.
  virtual std::int64_t add(const std::string& key, std::int64_t number) = 0;
};

// The beats of one rank and those that it hears: rank 0 those of all, the others rank 0's.
class RankBeats {
 public:
  RankBeats(int rank, int ranks) : rank_(rank), heard_(static_cast<std::size_t>(ranks)) {}
  void beat(RankBoard& board);
  // Ranks that have beaten, and of which nothing was heard during so many of one's own beats.
  std::vector<int> silent(int beats) const;

 private:
  struct Heard {
    std::int64_t count = -1, at = 0;  // of its beats, and in which of one's own that was new
  };
  int first() const { return rank_ == 0 ? 1 : 0; }
  int last() const { return rank_ == 0 ? static_cast<int>(heard_.size()) : 1; }

  int rank_;
  std::vector<Heard> heard_;
  std::int64_t beats_ = 0;
};

// Why a run of several ranks cannot go on.
struct RankLoss {
  std::string what;  // "rank 2 (node7, process 4711) is gone"
  std::string why;   // that rank's own word; may be empty
};

struct RankWatchOptions {
  int rank = 0;
  std::vector<std::string> names = {};  // of all ranks: "rank 2 (node7, process 4711)"
  std::chrono::milliseconds beat{1000};
  int silent_beats = 30;   // after which a rank is gone
  int doubtful_beats = 5;  // the same once a connection between ranks has broken
};

class RankWatch {
 public:
  RankWatch(std::shared_ptr<RankBoard> board, const RankWatchOptions& options);
  RankWatch(const RankWatch&) = delete;
  RankWatch& operator=(const RankWatch&) = delete;
  // Returns within seconds even where the board does not answer any more.
  ~RankWatch();

  std::optional<RankLoss> loss() const;
  // A connection has broken: somebody is gone, and is looked for sooner. Waits until it is known
  // who, or for so long that it should have been.
  std::optional<RankLoss> find_loss();

  // This rank cannot go on; all others are told why. Returns when they know, or after seconds.
  void stop(const std::string& why);
  // The run is over for all ranks; the board may go when this returns at rank 0. After a loss, it
  // waits until the others have read of it.
  void leave();

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with its threads, which a dead board may hold up
};

}  // namespace pno::train
