#pragma once

// LibTorch's c10d, shown without its headers: the store that all ranks reach, and the engine that
// adds up tensors, Gloo on CPUs and NCCL on GPUs. What other ranks do is seen through both, so
// every function may throw, and may wait for what never comes (RankWatch).

#include <torch/types.h>

#include <chrono>
#include <memory>
#include <string>

#include "train/ranks/rank_place.h"
#include "train/ranks/rank_watch.h"

namespace pno::train {

// A sentence where this build has no engine for the device; else empty.
std::string why_no_engine(torch::Device device);

// The store at place.address:port, kept by this process where `keeps_it` says so. Fails after
// `timeout` where nobody keeps it.
std::shared_ptr<RankBoard> open_board(const RankPlace& place, bool keeps_it,
                                      std::chrono::milliseconds timeout);

class RankEngine {
 public:
  RankEngine() = default;
  RankEngine(const RankEngine&) = delete;
  RankEngine& operator=(const RankEngine&) = delete;
  virtual ~RankEngine() = default;

  // Begin what goes on in the background, in this order on all ranks; contiguous, in place.
  virtual void begin_sum(const torch::Tensor& part) = 0;
  virtual void begin_broadcast(const torch::Tensor& tensor) = 0;
  // Whether all that was begun is done, or has failed.
  virtual bool is_done() = 0;
  // Ends all that was begun; throws where it has failed.
  virtual void finish() = 0;
};

// Returns when all ranks are connected. `board` is of open_board.
std::shared_ptr<RankEngine> connect_engine(const RankBoard& board, const RankPlace& place,
                                           torch::Device device);

// The sentence of an exception of LibTorch's, without its stack.
std::string words_of(const std::exception& exception);

}  // namespace pno::train
