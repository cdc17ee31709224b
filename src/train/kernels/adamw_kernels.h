#pragma once

// AdamW over flat buffers, in SIMD, on one thread: one pass reads and writes each value once.
// Does not allocate. Does not throw.

#include <cstdint>

namespace pno::train {

// Scalars of one step, as in Loshchilov and Hutter 2019, algorithm 2.
struct AdamWStep {
  float gradient_factor = 1;  // of gradient clipping
  float beta1 = 0, beta2 = 0, epsilon = 0;
  float rate = 0;         // learning rate / (1 - beta1^t)
  float root_factor = 1;  // 1 / sqrt(1 - beta2^t)
  float decay = 1;        // 1 - learning rate · weight decay
};

// Updates parameters [size] and the moments: `mean` [size] of the gradient, `square` [size] of its
// square.
void adamw(const AdamWStep& step, float* parameters, const float* gradient, float* mean,
           float* square, std::int64_t size);

double sum_of_squares(const float* x, std::int64_t size);

}  // namespace pno::train
