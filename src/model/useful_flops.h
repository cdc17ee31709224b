#pragma once

// The floating-point operations that the maths of a model needs, independent of the implementation:
// the numerator of model FLOPs utilisation.
//
// Counted are the multiply-adds of all matrix products, two operations each. Attention counts only
// the visible keys (the causal half), relative tables only the rows in use (distances below
// max_distance). A backward pass needs two products for each forward product, one for the gradient
// of each operand. Not counted are recomputation, padding, and elementwise work (norms,
// activations, softmax, optimiser), which is well below 1 % of the rest.

#include <cstdint>

#include "model/config.h"
#include "model/vocabulary_size.h"

namespace pno::model {

struct UsefulFlops {
  double attention = 0;  // q·k, q·E, weighted sums of v and EV
  double layers = 0;     // the linear layers: qkv, attention_out, ff_in, ff_out, output

  double total() const { return attention + layers; }
};

// For one forward pass over `batch` sequences of `length` tokens, each with a target.
UsefulFlops forward_flops(const ModelConfig& config, const VocabularySize& vocabulary,
                          std::int64_t batch, std::int64_t length);

// For a forward and a backward pass: three times forward_flops().
UsefulFlops step_flops(const ModelConfig& config, const VocabularySize& vocabulary,
                       std::int64_t batch, std::int64_t length);

}  // namespace pno::model
