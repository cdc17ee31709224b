#pragma once

// How many floating-point operations the mathematics of a model needs, whatever a program spends:
// what a measured time is held against.
//
// Counted: the multiply-adds of all matrix products, two operations each. Of attention only the
// keys that a query may see, the causal half; of the relative tables only the rows that it meets,
// those of distances below max_distance. A backward pass needs two products for each one of the
// forward pass, for the gradients of its two sides. Not counted: what a program computes again
// instead of keeping it, padding, and the element by element work (norms, activations, softmax,
// optimiser), well below a hundredth of the rest.

#include <cstdint>

#include "model/config.h"

namespace pno::model {

struct UsefulFlops {
  double attention = 0;  // logits, relative logits, weighted values, relative values
  double layers = 0;     // the linear layers: qkv, attention_out, ff_in, ff_out, output

  double total() const { return attention + layers; }
};

// Of one forward pass over `batch` sequences of `length` tokens, each with a target.
UsefulFlops forward_flops(const ModelConfig& config, int vocabulary_size, std::int64_t batch,
                          std::int64_t length);

// Of forward and backward together: three times that.
UsefulFlops step_flops(const ModelConfig& config, int vocabulary_size, std::int64_t batch,
                       std::int64_t length);

}  // namespace pno::model
