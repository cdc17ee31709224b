#pragma once

// The matrix products of a layer on chunks of its rows, in SIMD, on one thread: one factor is
// packed once and serves all chunks, which stay in the second-level cache from one operation to the
// next. A BLAS packs both factors at every call, and not every build of one has AVX-512.
//
// Rows are `…_stride` floats apart; all else is contiguous.

#include <cstddef>
#include <cstdint>

namespace pno::train {

// Floats of a packed matrix [depth, columns].
std::size_t packed_floats(std::int64_t depth, std::int64_t columns);

// Packs a matrix [depth, columns], or the transpose of one [columns, depth]: its columns from
// `first_column` to `end_column`, the former a multiple of kPackedColumns, so that threads share
// the work.
constexpr std::int64_t kPackedColumns = 48;
struct MatrixToPack {
  const float* data = nullptr;
  std::int64_t depth = 0, columns = 0;
  bool is_transposed = false;  // data is [columns, depth]
};
void pack(const MatrixToPack& matrix, std::int64_t first_column, std::int64_t end_column,
          float* packed);

struct PackedMatrix {
  const float* data = nullptr;
  std::int64_t depth = 0, columns = 0;
};
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

// sum [M, N] += aᵀ · b, a [rows, M], b [rows, N]: a matrix's gradient. `scratch` holds so many
// floats, aligned to 64 bytes.
std::size_t transposed_scratch_floats(std::int64_t M, std::int64_t N);
void add_transposed_product(ConstMatrix a, std::int64_t M, ConstMatrix b, std::int64_t N,
                            std::int64_t rows, float* scratch, float* sum);

}  // namespace pno::train
