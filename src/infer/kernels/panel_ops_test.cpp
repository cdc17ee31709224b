// Products with packed panels against loops over plain arrays, at every length, on every SIMD
// target.

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

// int8 sums are exact; only the product with two scales and the additions are rounded.
constexpr double kInt8Error = 4e-7;
// bf16 sums K rounded float32 products, as in matrix_ops_test.cpp.
double bf16_error(std::size_t K) {
  return 5e-6 + 4e-7 * static_cast<double>(K);
}

struct Shape {
  std::size_t N, M, K;
};

// Every length of each dimension with the others short; then long sums and larger products.
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

// A random matrix, packed, and the values that the panels store of it.
struct Packed {
  Packed(Precision precision, std::size_t M, std::size_t K, std::uint64_t seed)
      : bytes(panel_count(M) * panel_bytes(precision, K)),
        scales(panel_count(M) * kPanelRows),
        values(simd::random_numbers(M * K, seed)) {
    const bool is_int8 = precision == Precision::int8;
    pack_rows({.precision = precision,
               .w = values.data(),
               .rows = M,
               .columns = K,
               .panels = bytes.get(),
               .scales = scales.get()});
    panels = {precision, bytes.get(), panel_bytes(precision, K), is_int8 ? scales.get() : nullptr};
    for (std::size_t m = 0; m < M; ++m) {
      double largest = 0;
      for (std::size_t k = 0; k < K; ++k)
        largest = std::max(largest, std::abs(double{values[m * K + k]}));
      for (std::size_t k = 0; k < K; ++k) {
        float& value = values[m * K + k];
        const double scale = largest / kMaxInt8;
        value = is_int8 ? static_cast<float>(std::nearbyint(value / static_cast<float>(scale)))
                        : from_bf16(to_bf16(value));
      }
    }
  }
  AlignedArray<std::byte> bytes;
  FloatArray scales;
  std::vector<float> values;  // as stored; in int8 the integers
  Panels panels;
};

// The integers and the scale that the engine must choose for a row.
struct Row {
  std::vector<int> values;
  float scale = 0;
};
Row quantised_row(std::span<const float> x) {
  Row row;
  for (const float value : x) row.scale = std::max(row.scale, std::abs(value) / kMaxInt8);
  const float inverse = row.scale > 0 ? 1 / row.scale : 0;
  for (const float value : x)
    row.values.push_back(static_cast<int>(std::nearbyint(value * inverse)));
  return row;
}

// A product whose rows of x and out have a stride beyond their length, with guards around out.
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

  // `product(n, m)` is the expected sum without bias; `tolerance` is relative to its size.
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

TEST(PanelOps, Bf16ProductEqualsThreeLoops) {
  with_every_case([](Case c, bool with_bias, bool accumulate) {
    const auto [N, M, K] = c.shape;
    const Packed w(Precision::bf16, M, K, 2);
    multiply_panels({.x = c.inputs(),
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

TEST(PanelOps, Int8ProductIsExactApartFromTheScales) {
  with_every_case([](Case c, bool with_bias, bool accumulate) {
    const auto [N, M, K] = c.shape;
    const Packed w(Precision::int8, M, K, 2);
    const QuantisedBuffer x(N, K);
    quantise(c.inputs(), N, K, x.rows);
    multiply_panels({.quantised = x.rows,
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
            sum += rows[n].values[k] * double{w.values[m * c.shape.K + k]};
          }
          return sum * rows[n].scale * w.scales.get()[m];
        },
        with_bias, accumulate, kInt8Error);
  });
}

// The largest possible sums: extreme values in the longest row.
TEST(PanelOps, Int8AccumulatorsDoNotOverflow) {
  const std::vector<float> ones(kMaxProductLength, 1.0F), minus(kMaxProductLength, -1.0F);
  AlignedArray<std::byte> bytes(panel_bytes(Precision::int8, kMaxProductLength));
  FloatArray scales(kPanelRows);
  pack_rows({.precision = Precision::int8,
             .w = ones.data(),
             .rows = 1,
             .columns = kMaxProductLength,
             .panels = bytes.get(),
             .scales = scales.get()});
  simd::on_every_target([&] {
    for (const auto& x : {ones, minus}) {
      const QuantisedBuffer row(1, kMaxProductLength);
      quantise({x.data(), x.size()}, 1, kMaxProductLength, row.rows);
      float sum = 0;
      multiply_panels({.quantised = row.rows,
                       .w = {.precision = Precision::int8,
                             .data = bytes.get(),
                             .panel_size_bytes = panel_bytes(Precision::int8, kMaxProductLength),
                             .scales = scales.get()},
                       .out = {&sum, 1},
                       .N = 1,
                       .M = 1,
                       .K = kMaxProductLength});
      EXPECT_NEAR(sum, x[0] * kMaxProductLength, 0.05);
    }
  });
}

// Attention uses this to read the shared prefix of several caches once.
TEST(PanelOps, PartsOfAnInt8ProductGiveTheBytesOfTheWhole) {
  constexpr std::size_t kN = 3, kM = 40, kK = 300, kSumsOfRow = 48;
  const Packed w(Precision::int8, kM, kK, 2);
  const auto x = simd::random_numbers(kN * kK, 1);
  simd::on_every_target([&] {
    const QuantisedBuffer row(kN, kK);
    quantise({x.data(), kK}, kN, kK, row.rows);
    std::vector<float> whole(kN * kM), parts(kN * kM);
    multiply_panels({.quantised = row.rows,
                     .w = w.panels,
                     .out = {whole.data(), kM},
                     .N = kN,
                     .M = kM,
                     .K = kK});
    for (std::size_t first = 4; first < kK; first += 52) {
      std::vector<std::int32_t> sums(kN * kSumsOfRow);
      multiply_panels({.quantised = row.rows,
                       .w = w.panels.from_value(first),
                       .N = kN,
                       .M = kM,
                       .K = kK - first,
                       .part = {.first_input = first, .accumulators_out = sums.data()}});
      multiply_panels({.quantised = row.rows,
                       .w = w.panels,
                       .out = {parts.data(), kM},
                       .N = kN,
                       .M = kM,
                       .K = first,
                       .part = {.accumulators_in = sums.data()}});
      EXPECT_EQ(parts, whole) << "in two at " << first;
    }
  });
}

// The decoder uses this to split rows among threads and to batch sequences.
TEST(PanelOps, PartOfTheResultHasTheSameBytes) {
  constexpr std::size_t kN = 13, kM = 96, kK = 603, kPart = 32;
  simd::on_every_target([] {
    for (const auto precision : {Precision::bf16, Precision::int8}) {
      const Packed w(precision, kM, kK, 2);
      const auto x = simd::random_numbers(kN * kK, 1);
      const QuantisedBuffer quantised(kN, kK);
      quantise({x.data(), kK}, kN, kK, quantised.rows);
      std::vector<float> whole(kN * kM), parts(kN * kM);
      multiply_panels({.x = {x.data(), kK},
                       .quantised = quantised.rows,
                       .w = w.panels,
                       .out = {whole.data(), kM},
                       .N = kN,
                       .M = kM,
                       .K = kK});
      for (std::size_t n = 0; n < kN; ++n) {
        const QuantisedBuffer one(1, kK);
        quantise({x.data() + n * kK, kK}, 1, kK, one.rows);
        for (std::size_t m = 0; m < kM; m += kPart) {
          multiply_panels({.x = {x.data() + n * kK, kK},
                           .quantised = one.rows,
                           .w = w.panels.from_row(m),
                           .out = {parts.data() + n * kM + m, kM},
                           .N = 1,
                           .M = kPart,
                           .K = kK});
        }
      }
      EXPECT_EQ(whole, parts);
    }
  });
}

}  // namespace
}  // namespace pno::infer
