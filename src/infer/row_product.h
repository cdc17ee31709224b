#pragma once

// A linear layer on one row, on the calling thread: for what is computed now and then. The decoder
// has its own for what is computed for every event.

#include <span>

#include "infer/kernels/precision.h"
#include "infer/weights.h"

namespace pno::infer {

// out = weight · x + bias, in the precision of the weights. Allocates.
void multiply_row(const Linear& linear, Precision precision, std::span<const float> x,
                  std::span<float> out);

}  // namespace pno::infer
