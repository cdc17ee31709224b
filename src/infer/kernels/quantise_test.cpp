// int8 activations, tested through the products that use them.

#include "infer/kernels/quantise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "infer/kernels/byte_ops.h"
#include "infer/kernels/panel_ops.h"
#include "infer/kernels/test_rows.h"
#include "simd/every_target.h"

namespace pno::infer {
namespace {

// As attention does it: the scales of the values are multiplied into the weights first.
TEST(Quantise, AttentionWeightsOf14BitsGiveTheWeightedSum) {
  simd::on_every_target([] {
    for (const std::size_t D : {1U, 8U, 24U, 64U}) {
      for (std::size_t K = 1; K <= 67; ++K) {
        constexpr std::size_t kN = 3;
        auto weights = simd::random_numbers(kN * K, 1);
        for (float& weight : weights) weight = std::exp(3 * weight);
        const auto values = simd::random_numbers(K * D, 2);
        AlignedArray<std::byte> bytes(panel_count(D) * panel_bytes(Precision::int8, K));
        FloatArray scales(K);
        pack_columns({.precision = Precision::int8,
                      .w = values.data(),
                      .rows = K,
                      .columns = D,
                      .panels = bytes.get(),
                      .scales = scales.get()});
        const QuantisedBuffer halves(2 * kN, K);
        quantise_attention_weights({weights.data(), K}, kN, K, scales.get(), halves.rows);
        std::vector<float> out(2 * kN * D);
        multiply_panels({.quantised = halves.rows,
                         .w = {.precision = Precision::int8,
                               .data = bytes.get(),
                               .panel_size_bytes = panel_bytes(Precision::int8, K)},
                         .out = {out.data(), D},
                         .N = 2 * kN,
                         .M = D,
                         .K = K});
        for (std::size_t n = 0; n < kN; ++n) {
          double largest = 0;
          for (std::size_t k = 0; k < K; ++k)
            largest = std::max(largest, double{weights[n * K + k]} * scales.get()[k]);
          for (std::size_t d = 0; d < D; ++d) {
            double sum = 0;
            for (std::size_t k = 0; k < K; ++k) {
              const double value =
                  std::nearbyint(values[k * D + d] * inverse_scale(scales.get()[k]));
              sum += weights[n * K + k] * double{scales.get()[k]} * value;
            }
            // Half of the last of 14 bits for each value, which is at most 127.
            const double bound =
                largest / 16383 * 0.5 * 127 * static_cast<double>(K) + 1e-5 * (1 + std::abs(sum));
            EXPECT_NEAR(out[2 * n * D + d] + out[(2 * n + 1) * D + d], sum, bound)
                << "D " << D << " K " << K;
          }
        }
      }
    }
  });
}

// The engine detects activations that overflow in int8 by this.
TEST(Quantise, ProductsOfANonFiniteRowAreNaN) {
  constexpr std::size_t kM = 20, kK = 37;
  const auto w = simd::random_numbers(kM * kK, 2);
  AlignedArray<std::byte> bytes(panel_count(kM) * panel_bytes(Precision::int8, kK));
  FloatArray scales(panel_count(kM) * kPanelRows);
  pack_rows({.precision = Precision::int8,
             .w = w.data(),
             .rows = kM,
             .columns = kK,
             .panels = bytes.get(),
             .scales = scales.get()});
  const Panels panels{Precision::int8, bytes.get(), panel_bytes(Precision::int8, kK), scales.get()};
  for (const float broken :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    for (const std::size_t at : {0U, 15U, 36U}) {
      auto x = simd::random_numbers(kK, 1);
      x[at] = broken;
      simd::on_every_target([&] {
        const QuantisedBuffer row(1, kK), halves(2, kK);
        quantise({x.data(), kK}, 1, kK, row.rows);
        quantise_attention_weights({x.data(), kK}, 1, kK, /*scales=*/nullptr, halves.rows);
        for (const QuantisedRows& rows : {row.rows, halves.rows}) {
          std::vector<float> out(kM);
          multiply_panels(
              {.quantised = rows, .w = panels, .out = {out.data(), kM}, .N = 1, .M = kM, .K = kK});
          for (const float value : out) EXPECT_TRUE(std::isnan(value)) << broken << " at " << at;
        }
      });
    }
  }
}

TEST(Quantise, ZerosGetTheScaleZero) {
  simd::on_every_target([] {
    const std::vector<float> zeros(40);
    const QuantisedBuffer row(1, 40);
    quantise({zeros.data(), 40}, 1, 40, row.rows);
    EXPECT_EQ(row.scales.get()[0], 0);
    EXPECT_EQ(row.sums.get()[0], 0);
  });
}

}  // namespace
}  // namespace pno::infer
