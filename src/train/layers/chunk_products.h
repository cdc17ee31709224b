#pragma once

// The products of a linear layer on the chunks of row_tasks.h: matrix_kernels.h on tensors.
//
// n rows of a chunk

#include <torch/torch.h>

#include <cstdint>

#include "train/kernels/matrix_kernels.h"

namespace pno::train {

// A weight as the products of one pass take it, packed by all threads.
class PackedWeight {
 public:
  // Of matrix [M, K]: `forward` multiplies rows [n, K] by its transpose, `backward` their gradients
  // [n, M] by itself.
  static PackedWeight forward(const torch::Tensor& matrix) { return {matrix, true}; }
  static PackedWeight backward(const torch::Tensor& matrix) { return {matrix, false}; }

  // out [n, columns] = rows [n, depth] · this
  void multiply(const torch::Tensor& rows, const torch::Tensor& out) const;

 private:
  PackedWeight(const torch::Tensor& matrix, bool is_transposed);

  std::int64_t depth_, columns_;
  torch::Tensor packed_;
};

// The gradient of matrix [M, K] from chunk to chunk: sum += gradientᵀ · rows, gradient [n, M] and
// rows [n, K]. For one thread, whose scratch it holds.
class WeightGradient {
 public:
  explicit WeightGradient(const torch::Tensor& sum);  // [M, K], contiguous
  void add(const torch::Tensor& gradient, const torch::Tensor& rows) const;

 private:
  torch::Tensor sum_, scratch_;
};

}  // namespace pno::train
