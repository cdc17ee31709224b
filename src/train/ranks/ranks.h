#pragma once

// The processes that train one model together: Gloo on CPUs, NCCL on GPUs, by LibTorch's c10d. One
// process alone is one rank; then nothing here does anything, and no network is touched.
//
// Every rank calls the same functions in the same order. Where one is lost, each other throws
// LostRank, within a minute, with the name of who it was.

#include <torch/types.h>

#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "base/error.h"
#include "train/ranks/rank_meeting.h"

namespace pno::train {

class LostRank : public std::runtime_error {
 public:
  explicit LostRank(const RankLoss& loss) : std::runtime_error(loss.what), why_(loss.why) {}
  // "rank 2 (node7, process 4711) is gone after step 120"; `when` is ", while …" or "after …".
  std::string sentence(const std::string& when) const;

 private:
  std::string why_;  // that rank's own word; may be empty
};

class Ranks {
 public:
  Ranks();  // one alone
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;
  ~Ranks();

  // Waits until all ranks are there. `say` gets a sentence where that takes longer. Interrupted, it
  // returns an Error of that kind.
  static Expected<std::unique_ptr<Ranks>> join(const RankOptions& options,
                                               const std::function<void(const std::string&)>& say);

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_alone() const { return size_ == 1; }
  bool is_first() const { return rank_ == 0; }    // the one that writes and speaks
  int local_rank() const { return local_rank_; }  // on its machine
  // Ranks that run on the same cores as this one, itself among them: those of its machine, where
  // the launcher has not given them cores of their own.
  int sharing_cores() const { return sharing_cores_; }

  // Before any of what follows. `device` is where the tensors will be.
  Expected<void> connect(torch::Device device);

  // Begins to add up a contiguous tensor over all ranks, in place: the same bits on each of them.
  void begin_sum(const torch::Tensor& part);
  void wait();  // until all that was begun is done

  void sum(std::span<double> numbers);
  // What rank 0 has, on all.
  void broadcast(const torch::Tensor& tensor);
  void broadcast(std::span<std::byte> bytes);
  std::string broadcast(const std::string& text);

  // This rank cannot go on; the others are told why.
  void stop(const std::string& why);
  // The end, of all ranks in good order or after one was lost.
  void leave();

 private:
  struct Group;

  int rank_ = 0, size_ = 1, local_rank_ = 0, sharing_cores_ = 1;
  std::unique_ptr<Group> group_;  // null for one alone
};

}  // namespace pno::train
