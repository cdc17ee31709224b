#pragma once

// What the CUDA attention kernels read and write, as raw pointers, and the limits of a device.
//
// B batch, T time, H heads, D head width, A = H·D, R rows of a relative table

#include <cstddef>
#include <cstdint>

namespace pno::train::cuda {

enum class Number { f32, bf16 };  // of queries, keys, values, tables; sums are always float

// A relative table [H, R, D]: row r is distance r. Distances from R on take the last row where
// `is_clipped`, else zeros.
struct RelativeTables {
  const void* keys = nullptr;    // null: no relative term
  const void* values = nullptr;  // null: none; only beside keys
  int rows = 0;
  bool is_clipped = false;
};

// All arrays are on the device, contiguous, and begin at a multiple of 16 bytes.
struct AttentionProblem {
  Number number = Number::f32;
  int batch = 0, length = 0, heads = 0, head_width = 0;
  int block = 0;  // a query sees its own and the previous block of so many; 0: all before it
  RelativeTables tables;
  // A weight is dropped where its 16 bits of weight_draw.h are less than this.
  std::uint32_t dropout_threshold = 0;
  std::uint64_t dropout_seed = 0;
  std::uint64_t first_unit = 0;  // (batch element, head) pairs of the whole batch before these

  const void* qkv = nullptr;  // [B, T, 3A]
  void* out = nullptr;        // [B, T, A]
  float* log_sums = nullptr;  // [B, H, T]: logarithm of the sum of a query's exponentials
};

// What backward takes beside the problem, which holds the results of forward.
struct GradientArrays {
  const void* out = nullptr;      // [B, T, A]
  void* qkv = nullptr;            // [B, T, 3A], written
  float* table_keys = nullptr;    // [H, R, D], written
  float* table_values = nullptr;  // [H, R, D], written
  float* queries = nullptr;       // [B, H, T, D], scratch
  float* row_products = nullptr;  // [B, H, T], scratch
};

// What a kernel can be asked of.
struct DeviceLimits {
  int major = 0, minor = 0;     // compute capability
  int shared_memory_bytes = 0;  // that a block may ask for
};

}  // namespace pno::train::cuda
