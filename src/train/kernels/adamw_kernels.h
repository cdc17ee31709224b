#pragma once

// The optimiser over flat buffers, in SIMD, on one thread: every number is read and written once.

#include <cstdint>

namespace pno::train {

// One step of AdamW; names as in Loshchilov and Hutter 2019, algorithm 2.
struct AdamWStep {
  float gradient_factor = 1;  // clipping
  float beta1 = 0, beta2 = 0, epsilon = 0;
  float rate = 0;         // learning rate / (1 - beta1^t)
  float root_factor = 1;  // 1 / sqrt(1 - beta2^t)
  float decay = 1;        // 1 - learning rate · weight decay
};

void adamw(const AdamWStep& step, float* parameters, const float* gradient, float* mean,
           float* square, std::int64_t size);

double sum_of_squares(const float* x, std::int64_t size);

}  // namespace pno::train
