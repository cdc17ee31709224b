#pragma once

// Working memory of one thread for attention.
//
// N queries, D head width, R max_distance

#include <cstddef>
#include <cstdint>

#include "infer/kernels/aligned_array.h"
#include "infer/kernels/matrix_ops.h"
#include "infer/kernels/quantise.h"
#include "model/config.h"

namespace pno::infer {

// Queries of one call of attention: limits the size of `scores`.
inline constexpr int kAttentionRows = 64;

class AttentionScratch {
 public:
  // Allocates everything. Throws std::bad_alloc.
  AttentionScratch(const model::ModelConfig& config, Precision precision);
  static double memory_bytes(const model::ModelConfig& config, Precision precision);

  // [kAttentionRows, slots of a context and a block, in full panels]: scores q · k by slot, then
  // attention weights.
  Matrix scores;
  // [kAttentionRows, min(R, context), in full panels]: scores q · E by distance, then attention
  // weights by distance.
  Matrix relative;

  // int8 only.
  QuantisedRows queries;  // [kAttentionRows, D]
  QuantisedRows weights;  // [2 · kAttentionRows, columns of `scores`], base-128 halves
  Matrix half_sums;       // [2 · kAttentionRows, D], weighted sums of the halves
  std::int32_t* accumulators = nullptr;  // [2 · kAttentionRows, D in full panels], of half_sums

 private:
  FloatArray floats_;
  AlignedArray<std::byte> quantised_;
  AlignedArray<std::int32_t> row_sums_, accumulators_;
};

}  // namespace pno::infer
