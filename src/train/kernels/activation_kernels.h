#pragma once

// The activation between the two linear layers of a feed-forward layer, with the bias of the first,
// in SIMD, on one thread. Matrices are [rows, columns] without gaps.

#include <cstdint>

#include "model/config.h"

namespace pno::train {

// inner += bias in each row; out = activation(inner).
void bias_activation(model::Activation activation, const float* bias, float* inner, float* out,
                     std::int64_t rows, std::int64_t columns);

// out = activation(inner), of an inner that has its bias.
void activate(model::Activation activation, const float* inner, float* out, std::int64_t size);

// From the gradient of `out`, in place, that of `inner`; bias_gradient [columns] is added to.
void bias_activation_backward(model::Activation activation, const float* inner, float* gradient,
                              float* bias_gradient, std::int64_t rows, std::int64_t columns);

}  // namespace pno::train
