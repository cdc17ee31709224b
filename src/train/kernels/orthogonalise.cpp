#include "train/kernels/orthogonalise.h"

#include <algorithm>
#include <cmath>

#include "train/kernels/adamw_kernels.h"
#include "train/kernels/matrix_kernels.h"

namespace pno::train {
namespace {

// R rows and C columns of the matrix with the smaller side as rows.
struct Scratch {
  std::size_t x, product, packed, gram, square;  // floats of each part

  Scratch(std::int64_t R, std::int64_t C)
      : x(rounded(R * C)),
        product(x),
        packed(rounded_size(
            std::max({packed_floats(C, R), packed_floats(R, R), packed_floats(R, C)}))),
        gram(rounded(R * R)),
        square(gram) {}
  std::size_t size() const { return x + product + packed + gram + square; }

 private:
  // A multiple of 64 bytes, so that every part is aligned if the first is.
  static std::size_t rounded_size(std::size_t floats) { return (floats + 15) / 16 * 16; }
  static std::size_t rounded(std::int64_t floats) {
    return rounded_size(static_cast<std::size_t>(floats));
  }
};

void copy_transposed(const float* from, std::int64_t rows, std::int64_t columns, float* to) {
  constexpr std::int64_t kTile = 16;
  for (std::int64_t first_row = 0; first_row < rows; first_row += kTile) {
    const auto last_row = std::min(rows, first_row + kTile);
    for (std::int64_t column = 0; column < columns; ++column) {
      for (auto row = first_row; row < last_row; ++row) {
        to[column * rows + row] = from[row * columns + column];
      }
    }
  }
}

// out [R, N] = a [R, depth] · b, with b [depth, N], or [N, depth] if it is transposed.
void product(const float* a, const MatrixToPack& b, float* packed, float* out, std::int64_t R) {
  pack(b, 0, b.columns, packed);
  multiply({a, b.depth}, {packed, b.depth, b.columns}, {out, b.columns}, R);
}

}  // namespace

std::size_t orthogonalise_scratch_floats(std::int64_t rows, std::int64_t columns) {
  return Scratch(std::min(rows, columns), std::max(rows, columns)).size();
}

void orthogonalise(float* matrix, std::int64_t rows, std::int64_t columns, float* scratch) {
  const bool is_tall = rows > columns;
  const auto R = std::min(rows, columns), C = std::max(rows, columns), size = R * C;
  const Scratch sizes(R, C);
  float* x = scratch;
  float* next = x + sizes.x;
  float* const packed = next + sizes.product;
  float* const gram = packed + sizes.packed;
  float* const square = gram + sizes.gram;

  const double norm = std::sqrt(sum_of_squares(matrix, size)) + NewtonSchulz::kSmallestNorm;
  const auto scale = static_cast<float>(1 / norm);
  if (is_tall) {
    copy_transposed(matrix, rows, columns, x);
  } else {
    std::copy_n(matrix, size, x);
  }
  for (std::int64_t i = 0; i < size; ++i) x[i] *= scale;

  constexpr auto a = static_cast<float>(NewtonSchulz::a), b = static_cast<float>(NewtonSchulz::b),
                 c = static_cast<float>(NewtonSchulz::c);
  for (int iteration = 0; iteration < NewtonSchulz::kIterations; ++iteration) {
    product(x, {.data = x, .depth = C, .columns = R, .is_transposed = true}, packed, gram, R);
    product(gram, {.data = gram, .depth = R, .columns = R}, packed, square, R);
    for (std::int64_t i = 0; i < R * R; ++i) gram[i] = b * gram[i] + c * square[i];
    product(gram, {.data = x, .depth = R, .columns = C}, packed, next, R);
    for (std::int64_t i = 0; i < size; ++i) next[i] += a * x[i];
    std::swap(x, next);
  }
  if (is_tall) {
    copy_transposed(x, R, C, matrix);
  } else {
    std::copy_n(x, size, matrix);
  }
}

}  // namespace pno::train
