// Activations in int8, by the products that they are for.

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

// Attention's way: shares times values, whose scales go into the shares first.
TEST(Quantise, SharesOfFourteenBitsMixValues) {
  simd::on_every_target([] {
    for (const std::size_t D : {1U, 8U, 24U, 64U}) {
      for (std::size_t K = 1; K <= 67; ++K) {
        constexpr std::size_t kN = 3;
        auto shares = simd::random_numbers(kN * K, 1);
        for (float& share : shares) share = std::exp(3 * share);
        const auto values = simd::random_numbers(K * D, 2);
        AlignedArray<std::byte> bytes(panels_of(D) * panel_bytes(Precision::int8, K));
        FloatArray scales(K);
        pack_columns(Precision::int8, values.data(), K, D, bytes.get(), scales.get());
        const Quantised digits(2 * kN, K);
        quantise_shares({shares.data(), K}, kN, K, scales.get(), digits.rows);
        std::vector<float> out(2 * kN * D);
        multiply_panels({{},
                         digits.rows,
                         {Precision::int8, bytes.get(), panel_bytes(Precision::int8, K), nullptr},
                         {out.data(), D},
                         2 * kN,
                         D,
                         K});
        for (std::size_t n = 0; n < kN; ++n) {
          double largest = 0;
          for (std::size_t k = 0; k < K; ++k)
            largest = std::max(largest, double{shares[n * K + k]} * scales.get()[k]);
          for (std::size_t d = 0; d < D; ++d) {
            double sum = 0;
            for (std::size_t k = 0; k < K; ++k) {
              const double number = std::nearbyint(values[k * D + d] * inverse_of(scales.get()[k]));
              sum += shares[n * K + k] * double{scales.get()[k]} * number;
            }
            // Half a unit of the last of 14 bits for each value of at most 127.
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

// It is how a model that overflows is noticed in int8.
TEST(Quantise, ProductsOfWhatIsNotFiniteAreNotFinite) {
  constexpr std::size_t kM = 20, kK = 37;
  const auto numbers = simd::random_numbers(kM * kK, 2);
  AlignedArray<std::byte> bytes(panels_of(kM) * panel_bytes(Precision::int8, kK));
  FloatArray scales(panels_of(kM) * kPanelRows);
  pack_rows(Precision::int8, numbers.data(), kM, kK, bytes.get(), scales.get());
  const Panels panels{Precision::int8, bytes.get(), panel_bytes(Precision::int8, kK), scales.get()};
  for (const float broken :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    for (const std::size_t at : {0U, 15U, 36U}) {
      auto x = simd::random_numbers(kK, 1);
      x[at] = broken;
      simd::on_every_target([&] {
        const Quantised row(1, kK), digits(2, kK);
        quantise({x.data(), kK}, 1, kK, row.rows);
        quantise_shares({x.data(), kK}, 1, kK, nullptr, digits.rows);
        for (const QuantisedRows& rows : {row.rows, digits.rows}) {
          std::vector<float> out(kM);
          multiply_panels({{}, rows, panels, {out.data(), kM}, 1, kM, kK});
          for (const float number : out) EXPECT_TRUE(std::isnan(number)) << broken << " at " << at;
        }
      });
    }
  }
}

TEST(Quantise, NothingBecomesNothing) {
  simd::on_every_target([] {
    const std::vector<float> zeros(40);
    const Quantised row(1, 40);
    quantise({zeros.data(), 40}, 1, 40, row.rows);
    EXPECT_EQ(row.scales.get()[0], 0);
    EXPECT_EQ(row.sums.get()[0], 0);
  });
}

}  // namespace
}  // namespace pno::infer
