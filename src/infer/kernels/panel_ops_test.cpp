// The products of panels against loops over plain arrays, at every length, on every SIMD target.

#include "infer/kernels/panel_ops.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "base/bf16.h"
#include "infer/kernels/aligned_array.h"
#include "infer/kernels/test_rows.h"
#include "simd/every_target.h"

namespace pno::infer {
namespace {

// In int8 the sums are exact: what is rounded is the product with two scales and what is added.
constexpr double kInt8Error = 4e-7;
// In bf16 a sum of K products of float32, each rounded: as in matrix_ops_test.cpp.
double bf16_error(std::size_t K) {
  return 5e-6 + 4e-7 * static_cast<double>(K);
}

struct Shape {
  std::size_t N, M, K;
};

// Every length of each side with the others short; then long sums, and many of all.
std::vector<Shape> shapes() {
  std::vector<Shape> shapes;
  for (std::size_t length = 1; length <= 67; ++length) {
    for (const std::size_t N : {1U, 5U}) {
      shapes.push_back({N, length, 19});
      shapes.push_back({N, 21, length});
    }
    shapes.push_back({length, 37, 9});
  }
  shapes.push_back({3, 40, 2050});
  shapes.push_back({17, 100, 260});
  return shapes;
}

// A matrix of random numbers, packed, and what the panels hold of it.
struct Packed {
  Packed(Precision precision, std::size_t M, std::size_t K, std::uint64_t seed)
      : bytes(panels_of(M) * panel_bytes(precision, K)),
        scales(panels_of(M) * kPanelRows),
        values(simd::random_numbers(M * K, seed)) {
    const bool is_int8 = precision == Precision::int8;
    pack_rows(precision, values.data(), M, K, bytes.get(), scales.get());
    panels = {precision, bytes.get(), panel_bytes(precision, K), is_int8 ? scales.get() : nullptr};
    for (std::size_t m = 0; m < M; ++m) {
      double largest = 0;
      for (std::size_t k = 0; k < K; ++k)
        largest = std::max(largest, std::abs(double{values[m * K + k]}));
      for (std::size_t k = 0; k < K; ++k) {
        float& value = values[m * K + k];
        const double scale = largest / kLargestByte;
        value = is_int8 ? static_cast<float>(std::nearbyint(value / static_cast<float>(scale)))
                        : from_bf16(to_bf16(value));
      }
    }
  }
  AlignedArray<std::byte> bytes;
  FloatArray scales;
  std::vector<float> values;  // as stored; in int8 the whole numbers
  Panels panels;
};

// Whole numbers of a row, and their scale, as the engine is to choose them.
struct Row {
  std::vector<int> numbers;
  float scale = 0;
};
Row quantised_row(std::span<const float> x) {
  Row row;
  for (const float value : x) row.scale = std::max(row.scale, std::abs(value) / kLargestByte);
  const float inverse = row.scale > 0 ? 1 / row.scale : 0;
  for (const float value : x)
    row.numbers.push_back(static_cast<int>(std::nearbyint(value * inverse)));
  return row;
}

// A product with rows of x, w and out further apart than they are long, and guards behind out.
struct Case {
  explicit Case(const Shape& of, std::size_t offset)
      : shape(of),
        x(simd::random_numbers(offset + of.N * (of.K + 3), 1)),
        bias(simd::random_numbers(of.M, 3)),
        before(simd::random_numbers(offset + of.N * (of.M + 5), 4)),
        after(before),
        first(offset) {}
  ConstMatrix inputs() const { return {x.data() + first, shape.K + 3}; }
  Matrix result() { return {after.data() + first, shape.M + 5}; }

  // `product(n, m)` is what the sum is without bias; `tolerance` is relative to its size.
  template <class Product>
  void expect(const Product& product, bool with_bias, bool accumulate, double tolerance) const {
    std::vector<bool> is_result(after.size());
    for (std::size_t n = 0; n < shape.N; ++n) {
      for (std::size_t m = 0; m < shape.M; ++m) {
        const std::size_t i = first + n * (shape.M + 5) + m;
        is_result[i] = true;
        const double sum = product(n, m);
        const double expected = sum + (with_bias ? bias[m] : 0) + (accumulate ? before[i] : 0);
        const double size = 1 + std::abs(sum) + std::abs(bias[m]) + std::abs(before[i]);
        ASSERT_NEAR(after[i], expected, tolerance * size)
            << "N " << shape.N << " M " << shape.M << " K " << shape.K << " at " << n << ", " << m;
      }
    }
    for (std::size_t i = 0; i < after.size(); ++i) {
      if (is_result[i]) continue;
      ASSERT_EQ(after[i], before[i]) << "wrote outside the result";
    }
  }

  Shape shape;
  std::vector<float> x, bias, before, after;
  std::size_t first;
};

template <class Test>
void with_every_case(const Test& test) {
  simd::on_every_target([&] {
    for (const auto& shape : shapes()) {
      for (const std::size_t offset : {0U, 1U, 3U}) {
        for (const bool accumulate : {false, true}) {
          for (const bool with_bias : {false, true})
            test(Case(shape, offset), with_bias, accumulate);
        }
      }
    }
  });
}

TEST(PanelOps, MultipliesBf16AsThreeLoops) {
  with_every_case([](Case c, bool with_bias, bool accumulate) {
    const auto [N, M, K] = c.shape;
    const Packed w(Precision::bf16, M, K, 2);
    multiply_panels({.x = c.inputs(),
                     .quantised = {},
                     .w = w.panels,
                     .out = c.result(),
                     .N = N,
                     .M = M,
                     .K = K,
                     .bias = with_bias ? c.bias.data() : nullptr,
                     .accumulate = accumulate});
    c.expect(
        [&](std::size_t n, std::size_t m) {
          double sum = 0;
          for (std::size_t k = 0; k < c.shape.K; ++k) {
            sum += double{c.inputs().data[n * c.inputs().stride + k]} * w.values[m * c.shape.K + k];
          }
          return sum;
        },
        with_bias, accumulate, bf16_error(K));
  });
}

TEST(PanelOps, MultipliesInt8ExactlyButForTheScales) {
  with_every_case([](Case c, bool with_bias, bool accumulate) {
    const auto [N, M, K] = c.shape;
    const Packed w(Precision::int8, M, K, 2);
    const Quantised x(N, K);
    quantise(c.inputs(), N, K, x.rows);
    multiply_panels({.x = {},
                     .quantised = x.rows,
                     .w = w.panels,
                     .out = c.result(),
                     .N = N,
                     .M = M,
                     .K = K,
                     .bias = with_bias ? c.bias.data() : nullptr,
                     .accumulate = accumulate});
    std::vector<Row> rows;
    for (std::size_t n = 0; n < N; ++n) {
      rows.push_back(quantised_row({c.inputs().data + n * c.inputs().stride, K}));
    }
    c.expect(
        [&](std::size_t n, std::size_t m) {
          double sum = 0;
          for (std::size_t k = 0; k < c.shape.K; ++k) {
            sum += rows[n].numbers[k] * double{w.values[m * c.shape.K + k]};
          }
          return sum * rows[n].scale * w.scales.get()[m];
        },
        with_bias, accumulate, kInt8Error);
  });
}

// The largest sums there can be still fit: all numbers at their end, the longest row.
TEST(PanelOps, Int8SumsDoNotOverflow) {
  const std::vector<float> ones(kMostNumbers, 1.0F), minus(kMostNumbers, -1.0F);
  AlignedArray<std::byte> bytes(panel_bytes(Precision::int8, kMostNumbers));
  FloatArray scales(kPanelRows);
  pack_rows(Precision::int8, ones.data(), 1, kMostNumbers, bytes.get(), scales.get());
  simd::on_every_target([&] {
    for (const auto& x : {ones, minus}) {
      const Quantised row(1, kMostNumbers);
      quantise({x.data(), x.size()}, 1, kMostNumbers, row.rows);
      float sum = 0;
      multiply_panels(
          {{},
           row.rows,
           {Precision::int8, bytes.get(), panel_bytes(Precision::int8, kMostNumbers), scales.get()},
           {&sum, 1},
           1,
           1,
           kMostNumbers});
      EXPECT_NEAR(sum, x[0] * kMostNumbers, 0.05);
    }
  });
}

// What attention relies on to read what several pieces share once for all.
TEST(PanelOps, PartsOfAnInt8ProductGiveItsBytes) {
  constexpr std::size_t kN = 3, kM = 40, kK = 300, kSumsOfRow = 48;
  const Packed w(Precision::int8, kM, kK, 2);
  const auto x = simd::random_numbers(kN * kK, 1);
  simd::on_every_target([&] {
    const Quantised row(kN, kK);
    quantise({x.data(), kK}, kN, kK, row.rows);
    std::vector<float> whole(kN * kM), parts(kN * kM);
    multiply_panels({{x.data(), kK}, row.rows, w.panels, {whole.data(), kM}, kN, kM, kK});
    for (std::size_t first = 4; first < kK; first += 52) {
      std::vector<std::int32_t> sums(kN * kSumsOfRow);
      PanelProduct part{{}, row.rows, w.panels, {parts.data(), kM}, kN, kM, kK};
      part.w.data = w.panels.data + first / 4 * kStepBytes;
      part.K = kK - first;
      part.part = {.first = first, .after = sums.data()};
      multiply_panels(part);
      part.w.data = w.panels.data;
      part.K = first;
      part.part = {.before = sums.data()};
      multiply_panels(part);
      EXPECT_EQ(parts, whole) << "in two at " << first;
    }
  });
}

// What the decoder relies on to split rows among threads and to read several pieces together.
TEST(PanelOps, AnyPartOfTheResultHasTheSameBytes) {
  constexpr std::size_t kN = 13, kM = 96, kK = 603, kPart = 32;
  simd::on_every_target([] {
    for (const auto precision : {Precision::bf16, Precision::int8}) {
      const Packed w(precision, kM, kK, 2);
      const auto x = simd::random_numbers(kN * kK, 1);
      const Quantised quantised(kN, kK);
      quantise({x.data(), kK}, kN, kK, quantised.rows);
      std::vector<float> whole(kN * kM), parts(kN * kM);
      multiply_panels({{x.data(), kK}, quantised.rows, w.panels, {whole.data(), kM}, kN, kM, kK});
      for (std::size_t n = 0; n < kN; ++n) {
        const Quantised one(1, kK);
        quantise({x.data() + n * kK, kK}, 1, kK, one.rows);
        for (std::size_t m = 0; m < kM; m += kPart) {
          Panels panels = w.panels;
          panels.data += m / kPanelRows * panels.panel_size_bytes;
          if (panels.scales != nullptr) panels.scales += m;
          multiply_panels({{x.data() + n * kK, kK},
                           one.rows,
                           panels,
                           {parts.data() + n * kM + m, kM},
                           1,
                           kPart,
                           kK});
        }
      }
      EXPECT_EQ(whole, parts);
    }
  });
}

}  // namespace
}  // namespace pno::infer
