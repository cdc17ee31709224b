#include "infer/kernels/matrix_ops.h"

#include <gtest/gtest.h>

#include <cmath>

#include "simd/every_target.h"

namespace pno::infer {
namespace {

// K roundings of 6e-8 each, relative to a sum of about sqrt(K) (the largest of many thousand sums
// is a few times that); most of them cancel.
double tolerance(std::size_t K) {
  return 5e-6 + 4e-7 * static_cast<double>(K);
}

struct Shape {
  std::size_t N, M, K;
};

// Every length of each dimension with the others short, then sizes that cross tiles and panels.
std::vector<Shape> shapes() {
  std::vector<Shape> shapes;
  for (std::size_t length = 0; length <= 67; ++length) {
    for (const std::size_t N : {1U, 5U}) {
      shapes.push_back({N, length, 19});
      shapes.push_back({N, 6, length});
    }
    shapes.push_back({length, 37, 9});
  }
  shapes.push_back({13, 70, 1100});
  shapes.push_back({2, 33, 1030});
  return shapes;
}

struct Inputs {
  explicit Inputs(const Shape& shape, std::size_t offset)
      : x(simd::random_numbers(offset + shape.N * (shape.K + 3) + 1, 1)),
        w(simd::random_numbers(offset + (shape.M + 2) * (shape.K + 2), 2)),
        bias(simd::random_numbers(shape.M + 1, 3)),
        out(simd::random_numbers(offset + (shape.N + 1) * (shape.M + 5), 4)) {}
  std::vector<float> x, w, bias, out;
};

TEST(MatrixOps, MultiplyEqualsThreeLoops) {
  simd::on_every_target([] {
    for (const auto& shape : shapes()) {
      for (const std::size_t offset : {0U, 1U, 3U}) {
        for (const bool accumulate : {false, true}) {
          for (const bool with_bias : {false, true}) {
            Inputs in(shape, offset);
            const auto before = in.out;
            const auto [N, M, K] = shape;
            multiply({.x = {in.x.data() + offset, K + 3},
                      .w = {in.w.data() + offset, K + 2},
                      .out = {in.out.data() + offset, M + 5},
                      .N = N,
                      .M = M,
                      .K = K,
                      .bias = with_bias ? in.bias.data() : nullptr,
                      .accumulate = accumulate});
            auto expected = std::vector<double>(before.begin(), before.end());
            for (std::size_t n = 0; n < N; ++n) {
              for (std::size_t m = 0; m < M; ++m) {
                double sum = accumulate ? before[offset + n * (M + 5) + m] : 0.0;
                if (with_bias) sum += in.bias[m];
                for (std::size_t k = 0; k < K; ++k) {
                  sum += double{in.x[offset + n * (K + 3) + k]} * in.w[offset + m * (K + 2) + k];
                }
                expected[offset + n * (M + 5) + m] = sum;
              }
            }
            for (std::size_t i = 0; i < expected.size(); ++i) {
              ASSERT_NEAR(in.out[i], expected[i], tolerance(K))
                  << "N " << N << " M " << M << " K " << K << " element " << i;
            }
          }
        }
      }
    }
  });
}

TEST(MatrixOps, WeightedSumEqualsThreeLoops) {
  simd::on_every_target([] {
    for (const auto& shape : shapes()) {
      for (const std::size_t offset : {0U, 1U, 3U}) {
        for (const bool accumulate : {false, true}) {
          const auto [N, M, K] = shape;
          Inputs in(shape, offset);
          const auto v = simd::random_numbers(offset + K * (M + 2) + 1, 5);
          const auto before = in.out;
          weighted_sum({.p = {in.x.data() + offset, K + 3},
                        .v = {v.data() + offset, M + 2},
                        .out = {in.out.data() + offset, M + 5},
                        .N = N,
                        .M = M,
                        .K = K,
                        .accumulate = accumulate});
          auto expected = std::vector<double>(before.begin(), before.end());
          for (std::size_t n = 0; n < N; ++n) {
            for (std::size_t m = 0; m < M; ++m) {
              double sum = accumulate ? before[offset + n * (M + 5) + m] : 0.0;
              for (std::size_t k = 0; k < K; ++k) {
                sum += double{in.x[offset + n * (K + 3) + k]} * v[offset + k * (M + 2) + m];
              }
              expected[offset + n * (M + 5) + m] = sum;
            }
          }
          for (std::size_t i = 0; i < expected.size(); ++i) {
            ASSERT_NEAR(in.out[i], expected[i], tolerance(K))
                << "N " << N << " M " << M << " K " << K << " element " << i;
          }
        }
      }
    }
  });
}

TEST(MatrixOps, PartOfTheRowsGivesTheSameBytes) {
  constexpr std::size_t kM = 96, kK = 600, kPart = 32;
  simd::on_every_target([] {
    for (const std::size_t N : {1U, 9U}) {
      const auto x = simd::random_numbers(N * kK, 1), w = simd::random_numbers(kM * kK, 2);
      std::vector<float> whole(N * kM), parts(N * kM);
      multiply({.x = {x.data(), kK},
                .w = {w.data(), kK},
                .out = {whole.data(), kM},
                .N = N,
                .M = kM,
                .K = kK});
      for (std::size_t m = 0; m < kM; m += kPart) {
        multiply({.x = {x.data(), kK},
                  .w = {w.data() + m * kK, kK},
                  .out = {parts.data() + m, kM},
                  .N = N,
                  .M = kPart,
                  .K = kK});
      }
      EXPECT_EQ(whole, parts);
    }
  });
}

}  // namespace
}  // namespace pno::infer
