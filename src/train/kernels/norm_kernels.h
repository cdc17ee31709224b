#pragma once

// Layer normalisation of rows (Ba et al. 2016) in SIMD, on one thread.
// Matrices are [rows, columns] without gaps.

#include <cstdint>

namespace pno::train {

// out = (x - mean) / deviation · weight + bias; the deviation has model::kNormEpsilon under its
// root.
void norm_rows(const float* x, const float* weight, const float* bias, float* out,
               std::int64_t rows, std::int64_t columns);

struct NormGradients {
  float* x;       // [rows, columns], added to
  float* weight;  // [columns], added to
  float* bias;    // [columns], added to
};
// From the gradient of `out`. Mean and deviation are computed again: the rows lie in the cache.
void norm_rows_backward(const float* x, const float* weight, const float* gradient,
                        const NormGradients& into, std::int64_t rows, std::int64_t columns);

}  // namespace pno::train
