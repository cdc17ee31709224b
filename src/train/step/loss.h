#pragma once

// Cross-entropy of the targets of a batch. Only positions with a target reach the output layer, so
// padding does not count in the loss or in the number of tokens.

#include <torch/torch.h>

#include <cstdint>

#include "train/step/batch.h"
#include "train/step/music_transformer.h"

namespace pno::train {

struct Loss {
  torch::Tensor objective;   // sum over targets of the smoothed cross-entropy, for the gradient
  torch::Tensor nll;         // sum over targets in nats, without smoothing or gradient
  std::int64_t targets = 0;  // number of targets
};

// `smoothing` is the part of the target's probability that label smoothing spreads over all events
// (Szegedy et al. 2016).
Loss cross_entropy(const MusicTransformer& model, const Batch& batch, const Dropout& dropout,
                   double smoothing);

}  // namespace pno::train
