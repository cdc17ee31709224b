#pragma once

// The processes that train one model together: Gloo on CPUs, NCCL on GPUs, through LibTorch's c10d.
// A process that trains alone is the only rank; then no function here does anything, and no
// connection is opened.
//
// All ranks call the same functions in the same order. If one is lost, every other throws LostRank:
// at once if its connections broke, after the timeout if it only stopped answering.

#include <torch/types.h>

#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/error.h"
#include "train/rank_options.h"

namespace pno::train {

class LostRank : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;  // c10d's message
  // "a rank was lost after step 120 (Connection closed by peer [10.0.0.7]:4711)"
  std::string sentence(const std::string& when) const;
};

class Ranks {
 public:
  Ranks();  // the only rank
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;
  ~Ranks();

  // Waits until all ranks have come; `say` gets a sentence if that takes longer. Returns an error
  // if one is missing after options.join_s, or if interrupted.
  static Expected<std::unique_ptr<Ranks>> join(const RankOptions& options,
                                               const std::function<void(const std::string&)>& say);

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_first() const { return rank_ == 0; }    // the one that writes and reports
  int local_rank() const { return local_rank_; }  // among the ranks of its machine
  // Ranks that run on the same cores as this one, including itself: those of its machine, unless
  // the launcher has bound them to different cores.
  int sharing_cores() const { return sharing_cores_; }

  // The texts of all ranks, in their order. Once, before connect().
  Expected<std::vector<std::string>> gather(const std::string& own);
  // Before any of what follows. `device` is where the tensors will be.
  Expected<void> connect(torch::Device device);

  // Begins to sum a contiguous tensor over all ranks, in place: the same bits on each of them.
  void begin_sum(const torch::Tensor& part);
  void wait();  // until all that was begun is done

  void sum(std::span<double> values);
  // From rank 0 to all.
  void broadcast(const torch::Tensor& tensor);
  std::string broadcast(const std::string& text);

 private:
  struct Group;

  int rank_ = 0, size_ = 1, local_rank_ = 0, sharing_cores_ = 1;
  std::unique_ptr<Group> group_;  // null for the only rank
};

}  // namespace pno::train
