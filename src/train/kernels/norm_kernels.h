#pragma once

// Layer normalisation of rows (Ba et al. 2016) in SIMD, on one thread. Matrices are
// [rows, columns], contiguous. Does not allocate. Does not throw.

#include <cstdint>

namespace pno::train {

// out = (x - mean) / deviation · weight + bias; deviation = sqrt(variance + model::kNormEpsilon).
void norm_rows(const float* x, const float* weight, const float* bias, float* out,
               std::int64_t rows, std::int64_t columns);

struct NormGradients {
  float* x;       // [rows, columns], added to
  float* weight;  // [columns], added to
  float* bias;    // [columns], added to
};
// `gradient` is that of `out`. Computes mean and deviation again, because the rows are in the
// cache.
void norm_rows_backward(const float* x, const float* weight, const float* gradient,
                        const NormGradients& into, std::int64_t rows, std::int64_t columns);

}  // namespace pno::train
