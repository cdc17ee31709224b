#include "infer/kernels/byte_ops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "simd/every_target.h"

namespace pno::infer {
namespace {

constexpr std::size_t kMaxLength = 67;  // past four vectors of AVX-512
constexpr std::uint8_t kGuard = 77;

TEST(ByteOps, ScaleMapsTheLargestTo127) {
  simd::on_every_target([] {
    for (std::size_t size = 1; size <= kMaxLength; ++size) {
      auto x = simd::random_numbers(size, size);
      for (std::size_t largest = 0; largest < size; ++largest) {
        const float before = std::exchange(x[largest], largest % 2 == 0 ? 254.0F : -254.0F);
        EXPECT_EQ(int8_scale(x.data(), size), 2) << "at " << largest << " of " << size;
        x[largest] = before;
      }
    }
  });
}

TEST(ByteOps, BytesAreRoundedToTheNearestInteger) {
  simd::on_every_target([] {
    for (std::size_t size = 1; size <= kMaxLength; ++size) {
      const auto x = simd::random_numbers(size, size);
      const float inverse = inverse_scale(int8_scale(x.data(), size));
      std::vector<std::uint8_t> bytes(size + 1, kGuard);
      to_offset_bytes(x.data(), size, inverse, bytes.data());
      for (std::size_t i = 0; i < size; ++i) {
        EXPECT_EQ(bytes[i], static_cast<int>(std::nearbyint(x[i] * inverse)) + 128)
            << i << " of " << size;
      }
      EXPECT_EQ(bytes[size], kGuard) << "wrote beyond " << size;
    }
  });
}

TEST(ByteOps, ZerosBecomeTheByte128) {
  simd::on_every_target([] {
    const std::vector<float> zeros(kMaxLength);
    std::vector<std::uint8_t> bytes(kMaxLength);
    EXPECT_EQ(int8_scale(zeros.data(), zeros.size()), 0);
    to_offset_bytes(zeros.data(), zeros.size(), inverse_scale(0), bytes.data());
    EXPECT_EQ(bytes, std::vector<std::uint8_t>(kMaxLength, 128));
  });
}

TEST(ByteOps, RoundToIntIsDefinedForAnyFloat) {
  EXPECT_EQ(round_to_int(2.5F), 2);
  EXPECT_EQ(round_to_int(-3.5F), -4);
  EXPECT_EQ(round_to_int(4194304), 4194304);
  EXPECT_EQ(round_to_int(1e30F), 0);
  EXPECT_EQ(round_to_int(std::numeric_limits<float>::infinity()), 0);
  EXPECT_EQ(round_to_int(std::numeric_limits<float>::quiet_NaN()), 0);
}

// The engine detects a broken model file by this.
TEST(ByteOps, ScaleOfANonFiniteRowIsNotFinite) {
  using Limits = std::numeric_limits<float>;
  simd::on_every_target([] {
    for (const float broken :
         {Limits::quiet_NaN(), -Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
      for (std::size_t at = 0; at < kMaxLength; ++at) {
        auto x = simd::random_numbers(kMaxLength, 1);
        x[at] = broken;
        EXPECT_FALSE(std::isfinite(int8_scale(x.data(), x.size()))) << broken << " at " << at;
      }
    }
  });
}

}  // namespace
}  // namespace pno::infer
