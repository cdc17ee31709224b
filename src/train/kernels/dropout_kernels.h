#pragma once

// Dropout of rows of numbers, in SIMD, on one thread. Number i of a tensor is dropped or kept by a
// hash of (seed, i) alone, so that any part of it can be drawn at any time, by any thread.

#include <cstdint>

namespace pno::train {

struct DropoutDraws {
  std::uint64_t seed = 0;
  std::uint32_t threshold = 0;  // a draw of 32 bits below it drops
  float scale = 1;              // of what is kept: 1 / (1 - rate)
  std::int64_t first = 0;       // the number that the tensor's number 0 is of the whole

  DropoutDraws() = default;  // drops nothing
  DropoutDraws(double rate, std::uint64_t seed);
};

// mask[i] = the factor of number first + i: 0 or `scale`.
void fill_mask(const DropoutDraws& draws, std::int64_t first, float* mask, std::int64_t size);

// out = x times the mask; x may be out.
void drop(const DropoutDraws& draws, std::int64_t first, const float* x, float* out,
          std::int64_t size);

// The end of a residual branch: out = x + (branch + bias) times the mask, row by row of
// [rows, columns]; the first number is `first`. No bias where it is null; x or branch may be out.
void add_dropped(const DropoutDraws& draws, std::int64_t first, const float* x, const float* branch,
                 const float* bias, float* out, std::int64_t rows, std::int64_t columns);

// Its gradient for the branch: out = gradient times the mask; bias_gradient [columns], where there
// is one, is added to.
void drop_backward(const DropoutDraws& draws, std::int64_t first, const float* gradient, float* out,
                   float* bias_gradient, std::int64_t rows, std::int64_t columns);

}  // namespace pno::train
