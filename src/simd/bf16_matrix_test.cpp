// Compares the products of bf16 with plain loops, on every SIMD target, at sizes around those of
// vectors, tiles, panels and passes. Their rounding is known, so the results are bitwise equal.

#include "simd/bf16_matrix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/bf16.h"
#include "simd/every_target.h"

namespace pno::simd {
namespace {

using Size = std::ptrdiff_t;
using Floats = std::vector<float>;

constexpr float kUntouched = 12345;
constexpr Size kPadding = 3;  // floats between the end of a row and the next row

std::size_t at(Size index) {
  return static_cast<std::size_t>(index);
}

float rounded(float x) {
  return from_bf16(to_bf16(x));
}

struct Sizes {
  Size rows, depth, columns;
};
const std::vector<Sizes> kSizes = {{1, 1, 1},     {3, 5, 7},     {16, 32, 16},  {12, 64, 32},
                                   {33, 33, 33},  {32, 31, 48},  {13, 65, 100}, {64, 256, 64},
                                   {70, 300, 17}, {31, 520, 32}, {48, 96, 80},  {257, 9, 31}};

// The sum over k of a(k) b(k), added to `before` in the order of the unit.
template <class A, class B>
float sum_of_products(float before, Size depth, const A& a, const B& b) {
  const auto product = [&](Size k) { return k < depth ? rounded(a(k)) * rounded(b(k)) : 0.0F; };
  float sum = before;
  if (bf16_unit() != Bf16Unit::amx) {
    for (Size k = 0; k < depth; k += 2) sum = (sum + product(k + 1)) + product(k);
    return sum;
  }
  for (Size first = 0; first < depth; first += kBf16Depth) {
    float even = 0, odd = 0;
    for (Size k = first; k < first + kBf16Depth; k += 2) {
      even += product(k);
      odd += product(k + 1);
    }
    sum += even + odd;
  }
  return sum;
}

// The left matrix is stored as it is or transposed, the right one as it is or transposed.
void expect_product(const Sizes& sizes, bool left_transposed, bool right_transposed,
                    bool accumulate) {
  const auto [rows, depth, columns] = sizes;
  const Size a_columns = (left_transposed ? rows : depth) + kPadding;
  const Size b_columns = (right_transposed ? depth : columns) + kPadding;
  const auto a = random_numbers(at((left_transposed ? depth : rows) * a_columns), 1);
  const auto b = random_numbers(at((right_transposed ? columns : depth) * b_columns), 2);
  // Old contents of the memory after the last row must not matter.
  std::vector<Bf16> left(bf16_left_size(rows, depth), to_bf16(kUntouched));
  std::vector<Bf16> right(bf16_right_size(depth, columns), to_bf16(kUntouched));
  const auto stride = bf16_stride(depth);
  if (left_transposed) {
    pack_left_transposed_bf16({a.data(), a_columns, depth, rows}, left.data(), stride);
  } else {
    pack_left_bf16({a.data(), a_columns, rows, depth}, left.data(), stride);
  }
  if (right_transposed) {
    pack_right_transposed_bf16({b.data(), b_columns, columns, depth}, right.data());
  } else {
    pack_right_bf16({b.data(), b_columns, depth, columns}, right.data());
  }
  const Size stride_of_sums = columns + kPadding;
  Floats sums(at(rows * stride_of_sums), kUntouched);
  multiply_bf16({.left = left.data(),
                 .left_stride = stride,
                 .right = right.data(),
                 .right_stride = bf16_depth(depth) * kBf16Panel,
                 .rows = rows,
                 .depth = bf16_depth(depth),
                 .columns = columns,
                 .sums = sums.data(),
                 .sums_stride = stride_of_sums,
                 .accumulate = accumulate});
  for (Size row = 0; row < rows; ++row) {
    for (Size column = 0; column < columns; ++column) {
      const float wanted = sum_of_products(
          accumulate ? kUntouched : 0, depth,
          [&](Size k) {
            return a[at(left_transposed ? k * a_columns + row : row * a_columns + k)];
          },
          [&](Size k) {
            return b[at(right_transposed ? column * b_columns + k : k * b_columns + column)];
          });
      ASSERT_EQ(sums[at(row * stride_of_sums + column)], wanted) << row << " " << column;
    }
    for (Size i = 0; i < kPadding; ++i) {
      ASSERT_EQ(sums[at(row * stride_of_sums + columns + i)], kUntouched);
    }
  }
}

TEST(Bf16Matrix, ProductsEqualPlainLoopsBitForBit) {
  on_every_target([] {
    for (const auto& sizes : kSizes) {
      SCOPED_TRACE(::testing::Message()
                   << sizes.rows << " x " << sizes.depth << " x " << sizes.columns);
      for (const bool left_transposed : {false, true}) {
        for (const bool right_transposed : {false, true}) {
          expect_product(sizes, left_transposed, right_transposed, /*accumulate=*/false);
        }
      }
      expect_product(sizes, /*left_transposed=*/false, /*right_transposed=*/false,
                     /*accumulate=*/true);
    }
  });
}

// However rows are divided into chunks, and chunks into tiles.
TEST(Bf16Matrix, RowResultIsBitwiseIndependentOfOtherRows) {
  constexpr Size kRows = 45, kDepth = 96, kColumns = 70;
  const auto a = random_numbers(at(kRows * kDepth), 1),
             b = random_numbers(at(kDepth * kColumns), 2);
  on_every_target([&] {
    std::vector<Bf16> left(bf16_left_size(kRows + kBf16Rows, kDepth));
    std::vector<Bf16> right(bf16_right_size(kDepth, kColumns));
    pack_left_bf16({a.data(), kDepth, kRows, kDepth}, left.data(), bf16_stride(kDepth));
    pack_right_bf16({b.data(), kColumns, kDepth, kColumns}, right.data());
    const auto of_rows = [&](Size first, Size rows) {
      Floats sums(at(rows * kColumns));
      multiply_bf16({.left = left.data() + first * bf16_stride(kDepth),
                     .left_stride = bf16_stride(kDepth),
                     .right = right.data(),
                     .right_stride = kDepth * kBf16Panel,
                     .rows = rows,
                     .depth = kDepth,
                     .columns = kColumns,
                     .sums = sums.data(),
                     .sums_stride = kColumns,
                     .accumulate = false});
      return sums;
    };
    const auto all = of_rows(0, kRows);
    for (Size row = 0; row < kRows; ++row) {
      const auto begin = all.begin() + row * kColumns;
      EXPECT_EQ(of_rows(row, 1), Floats(begin, begin + kColumns)) << row;
    }
  });
}

// Ties, the largest numbers, infinities, zeros and denormal numbers give the same bits on every
// target; NaN stays NaN, because the trainer detects divergence by it.
TEST(Bf16Matrix, RoundsSpecialValuesAlikeOnEveryTarget) {
  using Limits = std::numeric_limits<float>;
  const Floats values = {1 + 1.0F / 256, 1 + 3.0F / 256,     -(1 + 1.0F / 256),    Limits::max(),
                         -Limits::max(), Limits::infinity(), -Limits::infinity(),  0.0F,
                         -0.0F,          Limits::min(),      Limits::denorm_min(), -1e-39F,
                         3.0F,           Limits::quiet_NaN()};
  const auto count = static_cast<Size>(values.size());
  on_every_target([&] {
    std::vector<Bf16> left(bf16_left_size(1, count)), right(bf16_right_size(1, count));
    pack_left_bf16({values.data(), count, 1, count}, left.data(), bf16_stride(count));
    pack_right_bf16({values.data(), count, 1, count}, right.data());
    for (Size i = 0; i < count; ++i) {
      const float x = values[at(i)], found = from_bf16(left[at(i)]);
      EXPECT_EQ(right[at(2 * i)], left[at(i)]) << x;
      EXPECT_EQ(right[at(2 * i + 1)], 0) << x;
      if (std::isnan(x)) {
        EXPECT_TRUE(std::isnan(found));
        continue;
      }
      const bool is_denormal = x != 0 && std::abs(x) < Limits::min();
      EXPECT_EQ(found, is_denormal ? 0 : rounded(x)) << x;
      EXPECT_EQ(std::signbit(found), std::signbit(x)) << x;
    }
  });
}

TEST(Bf16Matrix, PropagatesNaN) {
  on_every_target([] {
    Floats a(64, 1), b(64 * 3, 1), sums(3 * 3);
    b[31 * 3 + 1] = std::numeric_limits<float>::quiet_NaN();
    std::vector<Bf16> left(bf16_left_size(3, 64)), right(bf16_right_size(64, 3));
    pack_left_bf16({a.data(), 0, 3, 64}, left.data(), bf16_stride(64));
    pack_right_bf16({b.data(), 3, 64, 3}, right.data());
    multiply_bf16({.left = left.data(),
                   .left_stride = bf16_stride(64),
                   .right = right.data(),
                   .right_stride = 64 * kBf16Panel,
                   .rows = 3,
                   .depth = 64,
                   .columns = 3,
                   .sums = sums.data(),
                   .sums_stride = 3,
                   .accumulate = false});
    for (std::size_t i = 0; i < sums.size(); ++i) EXPECT_EQ(std::isnan(sums[i]), i % 3 == 1) << i;
  });
}

}  // namespace
}  // namespace pno::simd
