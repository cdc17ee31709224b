#pragma once

// Newton–Schulz iteration (Bernstein and Newhouse 2024, arXiv 2409.20325; coefficients by Jordan
// 2024): replaces a matrix G = U S Vᵀ by approximately U Vᵀ, in float32, on one thread.
//
//   X = G / |G|                      Frobenius norm; so all singular values are at most 1
//   five times:
//     A = X Xᵀ
//     X = a X + (b A + c A A) X
//
// A singular value ends between about 0.7 and 1.2. Works on the smaller side: a matrix with more
// rows than columns is transposed first. Does not allocate. Does not throw.

#include <array>
#include <cstddef>
#include <cstdint>

namespace pno::train {

struct NewtonSchulz {
  static constexpr int kIterations = 5;
  static constexpr double a = 3.4445, b = -4.7750, c = 2.0315;
  static constexpr double kSmallestNorm = 1e-7;  // added to |G|
};

// Floats that orthogonalise() needs for a matrix [rows, columns].
std::size_t orthogonalise_scratch_floats(std::int64_t rows, std::int64_t columns);

// Replaces `matrix` [rows, columns] in place.
void orthogonalise(float* matrix, std::int64_t rows, std::int64_t columns, float* scratch);

}  // namespace pno::train
