#pragma once

// The matrix products of a linear layer for the chunks of row_tasks.h, on tensors: in float32
// (matrix_kernels.h), or of operands rounded to bf16 with float32 sums (simd/bf16_matrix.h). All
// tensors are float32 in both cases.
//
// n rows of a chunk, M outputs, K inputs

#include <torch/torch.h>

#include <cstdint>

#include "simd/bf16_matrix.h"
#include "train/config.h"
#include "train/kernels/matrix_kernels.h"

namespace pno::train {

// Chunks of 128 to 512 rows measure alike: larger ones are a little better for the products, and a
// little worse for the second-level cache.
constexpr std::int64_t kChunkRows = 256;

// Memory for operands in bf16, aligned as tensors are. Used by one thread.
class Bf16Memory {
 public:
  // At least `size` elements. Valid until the next call.
  simd::Bf16* take(std::size_t size);

 private:
  torch::Tensor memory_;
};

// A weight matrix [M, K], packed by all threads for the products of one pass.
class PackedWeight {
 public:
  // For rows [n, K] · matrixᵀ.
  static PackedWeight forward(const torch::Tensor& matrix, Precision precision) {
    return {matrix, /*is_transposed=*/true, precision};
  }
  // For gradients [n, M] · matrix.
  static PackedWeight backward(const torch::Tensor& matrix, Precision precision) {
    return {matrix, /*is_transposed=*/false, precision};
  }

  // out [n, columns] = rows [n, depth] · this. `memory` is the calling thread's.
  void multiply(const torch::Tensor& rows, const torch::Tensor& out, Bf16Memory& memory) const;

 private:
  PackedWeight(const torch::Tensor& matrix, bool is_transposed, Precision precision);

  std::int64_t depth_, columns_;
  Precision precision_;
  torch::Tensor packed_;
};

// Adds the gradient of a weight matrix [M, K], chunk by chunk. Holds scratch memory: used by one
// thread.
class WeightGradient {
 public:
  WeightGradient(const torch::Tensor& sum, Precision precision);  // [M, K], contiguous
  // sum += gradientᵀ · rows; gradient [n, M], rows [n, K], n at most kChunkRows.
  void add(const torch::Tensor& gradient, const torch::Tensor& rows) const;

 private:
  torch::Tensor sum_;
  Precision precision_;
  torch::Tensor scratch_;
};

}  // namespace pno::train
