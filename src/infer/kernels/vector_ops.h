#pragma once

// Operations on one row of floats, in SIMD. Any length and alignment; `x` may be `out`. Do not
// allocate, lock or throw.

#include <cstddef>

namespace pno::infer {

// x *= factor
void scale(float factor, float* x, std::size_t size);

// x = exp(x - max(x)) / sum(exp(x - max(x))): does not overflow for any finite x. size > 0.
void softmax(float* x, std::size_t size);

// out = (x - mean) / sqrt(variance + kNormEpsilon) · weight + bias (Ba et al. 2016). size > 0.
void layer_norm(const float* x, const float* weight, const float* bias, float* out,
                std::size_t size);

// x = max(x, 0)
void relu(float* x, std::size_t size);

// x = x · (1 + erf(x / sqrt(2))) / 2 (Hendrycks and Gimpel 2016), within 1e-6 of max(1, |x|).
void gelu(float* x, std::size_t size);

}  // namespace pno::infer
