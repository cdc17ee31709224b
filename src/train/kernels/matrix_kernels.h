#pragma once

// Matrix products of a layer on chunks of its rows, in SIMD, on one thread. One factor is packed
// once and used for all chunks; the chunks stay in the second-level cache between operations. A
// BLAS would pack both factors in every call, and some builds have no AVX-512. Does not allocate.
// Does not throw.

#include <cstddef>
#include <cstdint>

namespace pno::train {

// Size of a packed matrix [depth, columns], in floats.
std::size_t packed_floats(std::int64_t depth, std::int64_t columns);

// Packs the columns [first_column, end_column) of a matrix [depth, columns]. first_column is a
// multiple of kPackedColumns. Several threads can pack different columns of one matrix.
constexpr std::int64_t kPackedColumns = 48;
struct MatrixToPack {
  const float* data = nullptr;
  std::int64_t depth = 0, columns = 0;
  bool is_transposed = false;  // if true, `data` is [columns, depth]
};
void pack(const MatrixToPack& matrix, std::int64_t first_column, std::int64_t end_column,
          float* packed);

struct PackedMatrix {
  const float* data = nullptr;
  std::int64_t depth = 0, columns = 0;
};
// Contiguous rows, `stride` floats apart.
struct ConstMatrix {
  const float* data = nullptr;
  std::int64_t stride = 0;
};
struct MutableMatrix {
  float* data = nullptr;
  std::int64_t stride = 0;
};

// out [rows, columns] = a [rows, depth] · b. A row's result does not depend on the other rows.
void multiply(ConstMatrix a, const PackedMatrix& b, MutableMatrix out, std::int64_t rows);

// sum [M, N] += aᵀ · b, the gradient of a weight matrix. `scratch` has
// transposed_scratch_floats(M, N) floats, aligned to 64 bytes.
struct TransposedProduct {
  ConstMatrix a;  // [rows, M]
  ConstMatrix b;  // [rows, N]
  std::int64_t rows = 0, M = 0, N = 0;
};
std::size_t transposed_scratch_floats(std::int64_t M, std::int64_t N);
void add_transposed_product(const TransposedProduct& product, float* scratch, float* sum);

}  // namespace pno::train
