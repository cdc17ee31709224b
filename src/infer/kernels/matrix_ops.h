#pragma once

// The two float32 matrix products of a transformer, in SIMD, on the calling thread. Any size,
// stride and alignment. Every element of the result is summed in one fixed order, whichever part of
// the result is asked for: splitting the rows of w among threads does not change a byte. Do not
// allocate, lock or throw.
//
// N positions, K inputs, M outputs

#include <cstddef>

namespace pno::infer {

// A view of a row-major matrix; row r begins at data + r · stride.
struct ConstMatrix {
  const float* data = nullptr;
  std::size_t stride = 0;

  const float* row(std::size_t r) const { return data + r * stride; }
  ConstMatrix from_row(std::size_t r) const { return {row(r), stride}; }
  ConstMatrix from_column(std::size_t c) const { return {data + c, stride}; }
};
struct Matrix {
  float* data = nullptr;
  std::size_t stride = 0;

  operator ConstMatrix() const { return {data, stride}; }
  float* row(std::size_t r) const { return data + r * stride; }
  Matrix from_row(std::size_t r) const { return {row(r), stride}; }
  Matrix from_column(std::size_t c) const { return {data + c, stride}; }
};

// out [N, M] = x [N, K] · w [M, K]ᵀ (+ bias): a linear layer, or the scores of attention.
struct Product {
  ConstMatrix x, w;
  Matrix out;
  std::size_t N = 0, M = 0, K = 0;
  const float* bias = nullptr;    // [M], added; or null
  bool accumulate = false;        // out += instead of =
  bool independent_rows = false;  // every row of x gives the bytes that it gives with N = 1
};
void multiply(const Product& product);

// out [N, M] = p [N, K] · v [K, M]: attention weights times values.
struct WeightedSum {
  ConstMatrix p, v;
  Matrix out;
  std::size_t N = 0, M = 0, K = 0;
  bool accumulate = false;  // out += instead of =
};
void weighted_sum(const WeightedSum& sum);

}  // namespace pno::infer
