#pragma once

// The memory in which one thread computes attention.
//
// N queries, M positions that any of them sees, D head width, R max_distance

#include <cstddef>
#include <cstdint>

#include "infer/kernels/aligned_array.h"
#include "infer/kernels/matrix_ops.h"
#include "infer/kernels/quantise.h"
#include "model/config.h"

namespace pno::infer {

// Queries that attend together: a [N, M] block of logits is held, never more.
inline constexpr int kAttentionRows = 64;

// One thread's room.
class AttentionScratch {
 public:
  AttentionScratch(const model::ModelConfig& config, Precision precision);
  static double memory_bytes(const model::ModelConfig& config, Precision precision);
  Matrix logits;       // [kAttentionRows, a context and a block, in panels]
  Matrix by_distance;  // [kAttentionRows, min(R, context), in panels]
  // In int8 alone.
  QuantisedRows queries;  // [kAttentionRows, D]
  QuantisedRows shares;   // [2 · kAttentionRows, as long as logits], two digits each
  Matrix digits;          // [2 · kAttentionRows, D], what their product with the values is
  std::int32_t* whole_sums = nullptr;  // the same in whole numbers, D rounded up to whole panels

 private:
  FloatArray floats_;
  AlignedArray<std::byte> numbers_;
  AlignedArray<std::int32_t> sums_, whole_sums_;
};

}  // namespace pno::infer
