#pragma once

// Cross-entropy of the targets of a batch. Only positions with a target reach the output layer, so
// padding does not count in the loss or in the number of tokens.

#include <torch/torch.h>

#include <cstdint>

#include "train/layers/output_loss.h"
#include "train/step/batch.h"
#include "train/step/music_transformer.h"

namespace pno::train {

struct Loss {
  torch::Tensor objective;    // sum over targets, for the gradient
  torch::Tensor nll;          // sum over targets in nats, without smoothing or gradient
  torch::Tensor nll_grammar;  // the same, among the events that the grammar allows
  std::int64_t targets = 0;   // number of targets
  // f64 [kTaskGroups, 2]: the sums of both for each group of targets; undefined if the batch does
  // not have groups.
  torch::Tensor of_task = {};
};

// weights.smoothing is label smoothing (Szegedy et al. 2016), over the allowed events only.
Loss cross_entropy(const MusicTransformer& model, const Batch& batch, const Dropout& dropout,
                   const LossWeights& weights);

}  // namespace pno::train
