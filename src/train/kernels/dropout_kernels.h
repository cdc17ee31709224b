#pragma once

// Dropout of rows of values, in SIMD, on one thread. Element i of a tensor is dropped if a hash of
// (seed, i) says so, and depends on nothing else: any part can be computed at any time, by any
// thread. Does not allocate. Does not throw.

#include <cstdint>

namespace pno::train {

struct DropoutDraws {
  std::uint64_t seed = 0;
  std::uint32_t threshold = 0;  // an element is dropped if its 32-bit draw is below this
  float scale = 1;              // factor of the kept elements: 1 / (1 - rate)
  std::int64_t first = 0;       // index of the tensor's element 0 in the whole batch

  DropoutDraws() = default;  // drops nothing
  DropoutDraws(double rate, std::uint64_t seed);
};

// mask[i] = the factor of element first + i: 0 or `scale`.
void fill_mask(const DropoutDraws& draws, std::int64_t first, float* mask, std::int64_t size);

// out = x · mask; x may be out.
void drop(const DropoutDraws& draws, std::int64_t first, const float* x, float* out,
          std::int64_t size);

// Contiguous rows [rows, columns] of a tensor.
struct DropoutRows {
  std::int64_t first;  // index of their first element in the tensor
  std::int64_t rows, columns;
};

// End of a residual branch: out = x + (branch + bias) · mask. x or branch may be out.
struct ResidualSum {
  const float* x;       // [rows, columns]
  const float* branch;  // [rows, columns]
  const float* bias;    // [columns], or null: no bias
  float* out;           // [rows, columns]
};
void add_dropped(const DropoutDraws& draws, const DropoutRows& at, const ResidualSum& sum);

// The gradient of the branch: out = gradient · mask, whose rows are added to bias_gradient.
struct ResidualGradient {
  const float* gradient;  // [rows, columns], of the result of add_dropped()
  float* out;             // [rows, columns]
  float* bias_gradient;   // [columns], or null
};
void drop_backward(const DropoutDraws& draws, const DropoutRows& at, const ResidualGradient& of);

}  // namespace pno::train
