#pragma once

// The two products of a transformer, in SIMD, for one thread. Sizes, strides and addresses are
// free. Each number of the result is summed in one order, whatever part of it is asked for, so
// that splitting rows of w among threads changes no byte.
//
// N positions, K inputs, M outputs

#include <cstddef>

namespace pno::infer {

// A row-major matrix that is somebody else's; row r begins at data + r · stride.
struct ConstMatrix {
  const float* data = nullptr;
  std::size_t stride = 0;
};
struct Matrix {
  float* data = nullptr;
  std::size_t stride = 0;
};

// out [N, M] = x [N, K] · w [M, K]ᵀ: a linear layer, or the logits of attention.
struct Product {
  ConstMatrix x, w;
  Matrix out;
  std::size_t N = 0, M = 0, K = 0;
  const float* bias = nullptr;  // [M], added; or null
  bool accumulate = false;      // out += instead of =
  bool rows_alone = false;      // each row of x summed in the order of a product of it alone
};
void multiply(const Product& product);

// out [N, M] = p [N, K] · v [K, M]: attention's weighted sum of values.
struct Mixture {
  ConstMatrix p, v;
  Matrix out;
  std::size_t N = 0, M = 0, K = 0;
  bool accumulate = false;
};
void mix(const Mixture& mixture);

}  // namespace pno::infer
