// Compares the matrix products with five-line loops in double precision, on every SIMD target, at
// sizes around those of vectors, panels, tiles and blocks.

#include "train/kernels/matrix_kernels.h"

#include <gtest/gtest.h>
#include <hwy/aligned_allocator.h>

#include <cmath>
#include <vector>

#include "base/random.h"
#include "simd/every_target.h"

namespace pno::train {
namespace {

constexpr float kUntouched = 12345;

using Values = std::vector<float>;

Values random_values(std::int64_t count, std::uint64_t stream) {
  RandomStream random(1, stream);
  Values values(static_cast<std::size_t>(count));
  for (auto& value : values) value = static_cast<float>(random.uniform() * 2 - 1);
  return values;
}

// Largest error of a sum of `terms` products below 1: each is rounded by up to 6e-8.
double rounding(std::int64_t terms) {
  return 1e-7 * static_cast<double>(terms) + 1e-6;
}

struct Sizes {
  std::int64_t rows, depth, columns;
};
const std::vector<Sizes> kSizes = {{1, 1, 1},     {3, 5, 7},      {8, 16, 48},    {9, 129, 49},
                                   {16, 128, 96}, {23, 300, 47},  {7, 33, 97},    {64, 64, 17},
                                   {5, 257, 145}, {130, 20, 390}, {40, 512, 100}, {257, 9, 31}};
constexpr std::int64_t kPadding = 3;  // floats between the end of a row and the next row

void expect_product(const Sizes& sizes, bool is_transposed) {
  const auto [rows, depth, columns] = sizes;
  const auto a = random_values(rows * (depth + kPadding), 1);
  const auto matrix = random_values(depth * columns, 2);
  Values packed(packed_floats(depth, columns), kUntouched);
  const MatrixToPack from{matrix.data(), depth, columns, is_transposed};
  // In two parts, as two threads would.
  const auto middle = columns / 2 / kPackedColumns * kPackedColumns;
  pack(from, middle, columns, packed.data());
  pack(from, 0, middle, packed.data());
  Values out(static_cast<std::size_t>(rows * (columns + kPadding)), kUntouched);
  multiply({a.data(), depth + kPadding}, {packed.data(), depth, columns},
           {out.data(), columns + kPadding}, rows);
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto at = [&](std::int64_t column) {
      return out[static_cast<std::size_t>(row * (columns + kPadding) + column)];
    };
    for (std::int64_t column = 0; column < columns; ++column) {
      double wanted = 0;
      for (std::int64_t k = 0; k < depth; ++k) {
        const auto place = is_transposed ? column * depth + k : k * columns + column;
        wanted += static_cast<double>(a[static_cast<std::size_t>(row * (depth + kPadding) + k)]) *
                  matrix[static_cast<std::size_t>(place)];
      }
      ASSERT_NEAR(at(column), wanted, rounding(depth)) << row << " " << column;
    }
    for (std::int64_t i = 0; i < kPadding; ++i) ASSERT_EQ(at(columns + i), kUntouched);
  }
}

TEST(MatrixKernels, MultiplyEqualsPlainLoopsForMatrixAndTranspose) {
  simd::on_every_target([] {
    for (const auto& sizes : kSizes) {
      SCOPED_TRACE(::testing::Message()
                   << sizes.rows << " x " << sizes.depth << " x " << sizes.columns);
      expect_product(sizes, /*is_transposed=*/false);
      expect_product(sizes, /*is_transposed=*/true);
    }
  });
}

// However rows are divided into chunks, and chunks into tiles.
TEST(MatrixKernels, RowResultIsBitwiseIndependentOfOtherRows) {
  constexpr std::int64_t kRows = 21, kDepth = 200, kColumns = 70;
  const auto a = random_values(kRows * kDepth, 1), matrix = random_values(kDepth * kColumns, 2);
  simd::on_every_target([&] {
    Values packed(packed_floats(kDepth, kColumns));
    pack({.data = matrix.data(), .depth = kDepth, .columns = kColumns}, 0, kColumns, packed.data());
    const auto of_rows = [&](std::int64_t first, std::int64_t rows) {
      Values out(static_cast<std::size_t>(rows * kColumns));
      multiply({a.data() + first * kDepth, kDepth}, {packed.data(), kDepth, kColumns},
               {out.data(), kColumns}, rows);
      return out;
    };
    const auto all = of_rows(0, kRows);
    for (std::int64_t row = 0; row < kRows; ++row) {
      const auto begin = all.begin() + row * kColumns;
      EXPECT_EQ(of_rows(row, 1), Values(begin, begin + kColumns)) << row;
    }
  });
}

TEST(MatrixKernels, AddTransposedProductEqualsPlainLoops) {
  simd::on_every_target([] {
    for (const auto& [rows, M, N] : kSizes) {
      SCOPED_TRACE(::testing::Message() << rows << " x " << M << " x " << N);
      const auto a = random_values(rows * (M + kPadding), 1),
                 b = random_values(rows * (N + kPadding), 2), before = random_values(M * N, 3);
      auto sum = before;
      const auto scratch = hwy::AllocateAligned<float>(transposed_scratch_floats(M, N));
      add_transposed_product({.a = {a.data(), M + kPadding},
                              .b = {b.data(), N + kPadding},
                              .rows = rows,
                              .M = M,
                              .N = N},
                             scratch.get(), sum.data());
      for (std::int64_t m = 0; m < M; ++m) {
        for (std::int64_t n = 0; n < N; ++n) {
          double wanted = before[static_cast<std::size_t>(m * N + n)];
          for (std::int64_t row = 0; row < rows; ++row) {
            wanted += static_cast<double>(a[static_cast<std::size_t>(row * (M + kPadding) + m)]) *
                      b[static_cast<std::size_t>(row * (N + kPadding) + n)];
          }
          ASSERT_NEAR(sum[static_cast<std::size_t>(m * N + n)], wanted, rounding(rows))
              << m << " " << n;
        }
      }
    }
  });
}

}  // namespace
}  // namespace pno::train
