#pragma once

// Cross-entropy of the targets that are music. Rows of padding never reach the vocabulary, so they
// count in no loss, no accuracy and no number of tokens.

#include <torch/torch.h>

#include <cstdint>

#include "train/step/batch.h"
#include "train/step/music_transformer.h"

namespace pno::train {

struct Loss {
  torch::Tensor objective;   // sum over targets of the smoothed cross-entropy, for the gradient
  torch::Tensor nll;         // sum over targets in nats, without smoothing or gradient
  std::int64_t targets = 0;  // how many
};

// `smoothing` is the share of the target's probability that is spread over all events
// (Szegedy et al. 2016).
Loss cross_entropy(const MusicTransformer& model, const Batch& batch, const Dropout& dropout,
                   double smoothing);

}  // namespace pno::train
