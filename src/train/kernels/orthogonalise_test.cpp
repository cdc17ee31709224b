#include "train/kernels/orthogonalise.h"

#include <gtest/gtest.h>
#include <hwy/aligned_allocator.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "simd/every_target.h"

namespace pno::train {
namespace {

using Matrix = std::vector<double>;  // row by row

Matrix random_matrix(std::int64_t size) {
  RandomStream random(1, static_cast<std::uint64_t>(size));
  Matrix matrix(static_cast<std::size_t>(size));
  for (auto& value : matrix) value = random.normal();
  return matrix;
}

// a [M, K] · b [K, N]
Matrix product(const Matrix& a, const Matrix& b, std::size_t M, std::size_t K, std::size_t N) {
  Matrix out(M * N);
  for (std::size_t i = 0; i < M; ++i) {
    for (std::size_t k = 0; k < K; ++k) {
      for (std::size_t j = 0; j < N; ++j) out[i * N + j] += a[i * K + k] * b[k * N + j];
    }
  }
  return out;
}

Matrix transposed(const Matrix& a, std::size_t rows, std::size_t columns) {
  Matrix out(a.size());
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) out[j * rows + i] = a[i * columns + j];
  }
  return out;
}

// The five lines at the top of orthogonalise.h.
Matrix plain(Matrix x, std::size_t R, std::size_t C) {
  double squares = 0;
  for (const double value : x) squares += value * value;
  for (double& value : x) value /= std::sqrt(squares) + NewtonSchulz::kSmallestNorm;
  for (int i = 0; i < NewtonSchulz::kIterations; ++i) {
    auto gram = product(x, transposed(x, R, C), R, C, R);
    const auto square = product(gram, gram, R, R, R);
    for (std::size_t j = 0; j < gram.size(); ++j) {
      gram[j] = NewtonSchulz::b * gram[j] + NewtonSchulz::c * square[j];
    }
    const auto more = product(gram, x, R, R, C);
    for (std::size_t j = 0; j < x.size(); ++j) x[j] = NewtonSchulz::a * x[j] + more[j];
  }
  return x;
}

struct Shape {
  std::int64_t rows, columns;
};
const std::vector<Shape> kShapes = {{1, 1}, {3, 5}, {48, 192}, {50, 17}, {192, 48}, {65, 65}};

std::vector<float> orthogonalised(const Matrix& matrix, const Shape& shape) {
  std::vector<float> values(matrix.begin(), matrix.end());
  const auto scratch =
      hwy::AllocateAligned<float>(orthogonalise_scratch_floats(shape.rows, shape.columns));
  orthogonalise(values.data(), shape.rows, shape.columns, scratch.get());
  return values;
}

TEST(Orthogonalise, EqualsPlainLoopsOnEveryTarget) {
  constexpr double kRounding = 1e-4;  // float32, amplified by five iterations
  simd::on_every_target([&] {
    for (const auto& shape : kShapes) {
      const auto matrix = random_matrix(shape.rows * shape.columns);
      const auto R = static_cast<std::size_t>(shape.rows);
      const auto C = static_cast<std::size_t>(shape.columns);
      const auto wanted =
          R <= C ? plain(matrix, R, C) : transposed(plain(transposed(matrix, R, C), C, R), C, R);
      const auto values = orthogonalised(matrix, shape);
      for (std::size_t i = 0; i < values.size(); ++i) {
        ASSERT_NEAR(values[i], wanted[i], kRounding) << shape.rows << " x " << shape.columns;
      }
    }
  });
}

// The rows of a wide matrix become orthogonal, with lengths near 1.
TEST(Orthogonalise, MakesRowsOrthogonal) {
  const Shape shape{16, 64};
  const auto values = orthogonalised(random_matrix(16 * 64), shape);
  const Matrix x(values.begin(), values.end());
  const auto gram = product(x, transposed(x, 16, 64), 16, 64, 16);
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_GT(gram[i * 16 + i], 0.4);
    EXPECT_LT(gram[i * 16 + i], 1.5);
    for (std::size_t j = 0; j < i; ++j) EXPECT_LT(std::abs(gram[i * 16 + j]), 0.4);
  }
}

TEST(Orthogonalise, KeepsAZeroMatrixZero) {
  const auto values = orthogonalised(Matrix(12 * 20), {12, 20});
  EXPECT_TRUE(std::all_of(values.begin(), values.end(), [](float value) { return value == 0; }));
}

}  // namespace
}  // namespace pno::train
