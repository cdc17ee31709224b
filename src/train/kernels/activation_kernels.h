#pragma once

// Activation between the two linear layers of a feed-forward layer, with the bias of the first, in
// SIMD, on one thread. Matrices are [rows, columns], contiguous. Does not allocate. Does not throw.

#include <cstdint>

#include "model/config.h"

namespace pno::train {

// inner += bias in each row; out = activation(inner).
void bias_activation(model::Activation activation, const float* bias, float* inner, float* out,
                     std::int64_t rows, std::int64_t columns);

// out = activation(inner); the bias is in `inner` already.
void activate(model::Activation activation, const float* inner, float* out, std::int64_t size);

// Replaces the gradient of `out` by that of `inner`, and adds its rows to bias_gradient [columns].
void bias_activation_backward(model::Activation activation, const float* inner, float* gradient,
                              float* bias_gradient, std::int64_t rows, std::int64_t columns);

}  // namespace pno::train
