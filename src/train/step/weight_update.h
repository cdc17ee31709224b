#pragma once

// An update of the weights reads and writes flat buffers of one length; each optimiser changes the
// parameters that it was made for.

#include <torch/torch.h>

#include <cstdint>

namespace pno::train {

struct UpdateBuffers {
  torch::Tensor parameters;
  torch::Tensor gradient;  // not changed
  torch::Tensor mean;      // running mean of the gradients
  torch::Tensor square;    // running mean of their squares; Muon does not use it
};

struct UpdateRates {
  std::int64_t step = 1;  // the first is 1
  double learning_rate = 0;
  double weight_decay = 0;     // per unit of learning rate
  double gradient_factor = 1;  // of all gradients, for clipping
};

}  // namespace pno::train
