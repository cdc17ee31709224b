#pragma once

// Inputs and outputs of the CUDA attention kernels, as raw pointers, and the limits of a device.
//
// B batch, T time, H heads, D head width, A = H·D, R rows of a relative table

#include <cstddef>
#include <cstdint>

namespace pno::train::cuda {

// Type of queries, keys, values and tables. Sums are always float.
enum class ElementType { f32, bf16 };

// Relative tables [H, R, D]: row r is distance r. Distances of R or more use the last row if
// is_clipped; otherwise their term is zero.
struct RelativeTables {
  const void* keys = nullptr;    // null: no relative keys
  const void* values = nullptr;  // null: no relative values; not null only if `keys` is not null
  int rows = 0;
  bool is_clipped = false;
};

// All arrays are on the device, contiguous, and begin at a multiple of 16 bytes.
struct AttentionProblem {
  ElementType type = ElementType::f32;
  int batch = 0, length = 0, heads = 0, head_width = 0;
  int block = 0;  // a query sees its own and the previous block of this size; 0: all before it
  RelativeTables tables;
  // A weight is dropped if its 16 bits of weight_draw.h are less than this.
  std::uint32_t dropout_threshold = 0;
  std::uint64_t dropout_seed = 0;
  std::uint64_t first_unit = 0;  // (batch element, head) pairs of the step's batch before these

  const void* qkv = nullptr;  // [B, T, 3A]
  void* out = nullptr;        // [B, T, A]
  float* log_sums = nullptr;  // [B, H, T]: logarithm of the sum of a query's exponentials
};

// Additional arrays of the backward pass. The problem holds the results of the forward pass.
struct GradientArrays {
  const void* out = nullptr;      // [B, T, A]
  void* qkv = nullptr;            // [B, T, 3A], written
  float* table_keys = nullptr;    // [H, R, D], written
  float* table_values = nullptr;  // [H, R, D], written
  float* queries = nullptr;       // [B, H, T, D], scratch
  float* row_products = nullptr;  // [B, H, T], scratch
};

struct DeviceLimits {
  int major = 0, minor = 0;     // compute capability
  int shared_memory_bytes = 0;  // most that a block of threads may request
};

}  // namespace pno::train::cuda
