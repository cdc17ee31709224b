#pragma once

// Sums the gradient of a batch over several ranks. The flat buffer is divided into buckets from its
// end to its beginning, which is about the order in which the backward pass fills it. The sum of a
// bucket over the ranks starts as soon as the gradients of its parameters are complete, while the
// pass continues with lower layers. All ranks start their buckets in the same order.

#include <torch/torch.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "train/ranks/ranks.h"
#include "train/step/music_transformer.h"
#include "train/step/step_losses.h"

namespace pno::train {

class GradientSum {
 public:
  // `model` and `ranks` outlive it. The set of trainable parameters must not change. bucket_bytes
  // 0: an eighth of the buffer, from 1 to 25 MiB.
  GradientSum(const MusicTransformer& model, Ranks& ranks, std::int64_t bucket_bytes = 0);
  GradientSum(const GradientSum&) = delete;
  GradientSum& operator=(const GradientSum&) = delete;
  ~GradientSum();

  // Call before the last backward pass of a step: a gradient that this pass adds to is complete.
  void expect_last_pass();

  // Call after the last backward pass: sums the gradient over all ranks, and returns the sum of
  // their losses. A rank without a backward pass adds zeros.
  StepLosses finish(const StepLosses& own);

  std::size_t buckets() const { return buckets_.size(); }
  // Number of buckets of the last step that started before finish().
  std::size_t started_early() const { return started_early_; }

 private:
  struct Bucket {
    std::int64_t first = 0, size = 0;  // elements of the flat buffer
    int parameters = 0;                // number of trainable ones
    int incomplete = 0;                // of these, in this step
  };
  void watch(const torch::Tensor& leaf, std::size_t bucket);
  void complete(std::size_t bucket);
  void start_next();

  Ranks& ranks_;
  torch::Tensor gradient_;
  std::vector<Bucket> buckets_;
  // The autograd nodes that add to the parameters' gradients; each calls complete() afterwards.
  using Accumulator = decltype(torch::autograd::impl::grad_accumulator(torch::Tensor()));
  std::vector<Accumulator> accumulators_;
  bool is_last_pass_ = false;
  std::size_t started_ = 0, started_early_ = 0;  // buckets
};

}  // namespace pno::train
