#include "infer/kernels/vector_ops.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "model/parameters.h"
#include "simd/every_target.h"

namespace pno::infer {
namespace {

constexpr std::size_t kMaxLength = 67;     // past four vectors of AVX-512
constexpr std::size_t kMisalignments = 4;  // offsets in floats from an allocated address
constexpr double kTolerance = 2e-6;        // a few roundings of a float near 1

// Compares `fast` (in place, float) with `slow` (double) at every length and misalignment.
void expect_same(const std::function<void(float*, std::size_t)>& fast,
                 const std::function<std::vector<double>(std::vector<double>)>& slow,
                 std::size_t shortest = 0) {
  simd::on_every_target([&] {
    for (std::size_t size = shortest; size <= kMaxLength; ++size) {
      for (std::size_t offset = 0; offset < kMisalignments; ++offset) {
        auto row = simd::random_numbers(offset + size + 1, size);
        const float guard = row.back();
        const auto begin = row.begin() + static_cast<std::ptrdiff_t>(offset);
        const auto expected = slow(std::vector<double>(begin, row.end() - 1));
        fast(row.data() + offset, size);
        for (std::size_t i = 0; i < size; ++i) {
          EXPECT_NEAR(row[offset + i], expected[i],
                      kTolerance * std::max(1.0, std::abs(expected[i])))
              << "element " << i << " of " << size;
        }
        EXPECT_EQ(row.back(), guard) << "wrote beyond " << size;
      }
    }
  });
}

TEST(VectorOps, ScaleMultiplies) {
  expect_same([](float* x, std::size_t size) { scale(-2.5F, x, size); },
              [](std::vector<double> x) {
                for (auto& value : x) value *= -2.5;
                return x;
              });
}

TEST(VectorOps, ReluReplacesNegativesByZero) {
  expect_same(relu, [](std::vector<double> x) {
    for (auto& value : x) value = std::max(value, 0.0);
    return x;
  });
}

TEST(VectorOps, GeluIsExact) {
  expect_same(gelu, [](std::vector<double> x) {
    for (auto& value : x) value *= 0.5 * (1 + std::erf(value / std::sqrt(2.0)));
    return x;
  });
}

TEST(VectorOps, GeluIsExactFarFromZero) {
  simd::on_every_target([] {
    for (float x = -40; x <= 40; x += 0.037F) {
      float value = x;
      gelu(&value, 1);
      EXPECT_NEAR(value, 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))),
                  kTolerance * std::max(1.0F, std::abs(x)));
    }
  });
}

TEST(VectorOps, SoftmaxIsADistribution) {
  expect_same(
      softmax,
      [](std::vector<double> x) {
        double sum = 0;
        for (auto& value : x) sum += value = std::exp(value);
        for (auto& value : x) value /= sum;
        return x;
      },
      1);
}

TEST(VectorOps, SoftmaxDoesNotOverflow) {
  simd::on_every_target([] {
    for (const std::size_t size : {1U, 7U, 33U}) {
      std::vector<float> x(size, -3e38F);
      x[size / 2] = 3e38F;
      softmax(x.data(), size);
      for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(x[i], i == size / 2 ? 1.0F : 0.0F);
    }
  });
}

TEST(VectorOps, LayerNormHasMeanZeroAndVarianceOne) {
  const auto weight = simd::random_numbers(kMaxLength, 1000),
             bias = simd::random_numbers(kMaxLength, 1001);
  expect_same(
      [&](float* x, std::size_t size) { layer_norm(x, weight.data(), bias.data(), x, size); },
      [&](std::vector<double> x) {
        double mean = 0, variance = 0;
        for (const double value : x) mean += value / static_cast<double>(x.size());
        for (const double value : x) {
          variance += (value - mean) * (value - mean) / static_cast<double>(x.size());
        }
        for (std::size_t i = 0; i < x.size(); ++i) {
          x[i] = (x[i] - mean) / std::sqrt(variance + model::kNormEpsilon) * weight[i] + bias[i];
        }
        return x;
      },
      // With two elements, only their difference matters, and float may have rounded it away.
      3);
}

}  // namespace
}  // namespace pno::infer
