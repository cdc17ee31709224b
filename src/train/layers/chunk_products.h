#pragma once

// The matrix products of a linear layer for the chunks of row_tasks.h: matrix_kernels.h on tensors.
//
// n rows of a chunk, M outputs, K inputs

#include <torch/torch.h>

#include <cstdint>

#include "train/kernels/matrix_kernels.h"

namespace pno::train {

// A weight matrix [M, K], packed by all threads for the products of one pass.
class PackedWeight {
 public:
  // For rows [n, K] · matrixᵀ.
  static PackedWeight forward(const torch::Tensor& matrix) {
    return {matrix, /*is_transposed=*/true};
  }
  // For gradients [n, M] · matrix.
  static PackedWeight backward(const torch::Tensor& matrix) {
    return {matrix, /*is_transposed=*/false};
  }

  // out [n, columns] = rows [n, depth] · this
  void multiply(const torch::Tensor& rows, const torch::Tensor& out) const;

 private:
  PackedWeight(const torch::Tensor& matrix, bool is_transposed);

  std::int64_t depth_, columns_;
  torch::Tensor packed_;
};

// Adds the gradient of a weight matrix [M, K], chunk by chunk. Holds scratch memory: used by one
// thread.
class WeightGradient {
 public:
  explicit WeightGradient(const torch::Tensor& sum);  // [M, K], contiguous
  // sum += gradientᵀ · rows; gradient [n, M], rows [n, K].
  void add(const torch::Tensor& gradient, const torch::Tensor& rows) const;

 private:
  torch::Tensor sum_, scratch_;
};

}  // namespace pno::train
