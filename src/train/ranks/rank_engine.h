#pragma once

// c10d's engines without its headers: sums of tensors over ranks, by Gloo on CPUs and by NCCL on
// GPUs. Every function may throw: then a rank is lost, or did not answer within the timeout.

#include <torch/types.h>

#include <chrono>
#include <exception>
#include <memory>
#include <string>

#include "train/rank_options.h"
#include "train/ranks/rank_store.h"

namespace pno::train {

// A sentence if this build has no engine for the device; else empty.
std::string why_no_engine(torch::Device device);

class RankEngine {
 public:
  RankEngine() = default;
  RankEngine(const RankEngine&) = delete;
  RankEngine& operator=(const RankEngine&) = delete;
  virtual ~RankEngine() = default;

  // Begin an operation in the background, on a contiguous tensor and in place. All ranks begin the
  // same operations in the same order.
  virtual void begin_sum(const torch::Tensor& part) = 0;
  virtual void begin_broadcast(const torch::Tensor& tensor) = 0;
  // Waits for all operations that were begun.
  virtual void finish() = 0;
};

struct EngineOptions {
  RankPlace place;
  torch::Device device = torch::kCPU;
  bool is_one_machine = true;                     // all ranks run on this machine
  std::chrono::milliseconds timeout{600 * 1000};  // of one operation
};

// Returns when all ranks are connected. `store` is of open_store().
std::unique_ptr<RankEngine> connect_engine(const RankStore& store, const EngineOptions& options);

// The sentence of an exception, without LibTorch's stack and place in the source.
std::string words_of(const std::exception& exception);

}  // namespace pno::train
