#pragma once

// The gradient of one batch that several ranks compute together. The flat buffer is cut into
// buckets from its end to its beginning, which is about the order in which the backward pass fills
// it; a bucket's sum over the ranks begins as soon as its last parameter is done, while the pass
// goes on below. Buckets begin in one order on all ranks, whatever the pass does.

#include <torch/torch.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "train/ranks/ranks.h"
#include "train/step/learner_state.h"
#include "train/step/music_transformer.h"

namespace pno::train {

class GradientSum {
 public:
  // Both outlive it; which parameters learn stays as it is. `bucket_bytes` 0: an eighth of the
  // buffer, from 1 to 25 MiB.
  GradientSum(const MusicTransformer& model, Ranks& ranks, std::int64_t bucket_bytes = 0);
  GradientSum(const GradientSum&) = delete;
  GradientSum& operator=(const GradientSum&) = delete;
  ~GradientSum();

  // Before the last backward pass of a step: what that has done is done.
  void expect_last_pass();

  // After it: sums the gradients of all ranks, and returns the sum of their losses. A rank without
  // a backward pass adds zeros.
  NllMean finish(const NllMean& own);

  std::size_t buckets() const { return buckets_.size(); }
  // Of the last step: those that began before finish().
  std::size_t begun_early() const { return begun_early_; }

 private:
  struct Bucket {
    std::int64_t first = 0, size = 0;  // of the flat buffer
    int parameters = 0;                // that learn
    int waiting_for = 0;               // of these, in this step
  };
  void watch(const torch::Tensor& leaf, std::size_t bucket);
  void done(std::size_t bucket);
  void begin_next();

  Ranks& ranks_;
  torch::Tensor gradient_;
  std::vector<Bucket> buckets_;
  // What adds a pass's gradient to a parameter's; each calls done() after it, as long as it lives.
  using Accumulator = decltype(torch::autograd::impl::grad_accumulator(torch::Tensor()));
  std::vector<Accumulator> accumulators_;
  bool is_last_pass_ = false;
  std::size_t begun_ = 0, begun_early_ = 0;
};

}  // namespace pno::train
