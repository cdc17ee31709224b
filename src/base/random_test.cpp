#include "base/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace pno {
namespace {

// Known answers of the Random123 library's kat_vectors for philox4x32-10.
TEST(Random, PhiloxEqualsThePublishedVectors) {
  using Block = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, 0), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffffffffffff),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, StreamResumesAtAnyPosition) {
  RandomStream stream(7, 3);
  std::vector<std::uint64_t> draws;
  for (int i = 0; i < 9; ++i) draws.push_back(stream.bits());
  for (std::uint64_t i = 0; i < draws.size(); ++i) {
    stream.seek(i);
    EXPECT_EQ(stream.bits(), draws[i]);
    EXPECT_EQ(stream.position(), i + 1);
  }
}

TEST(Random, StreamsAndSeedsDiffer) {
  EXPECT_NE(RandomStream(1, 0).bits(), RandomStream(1, 1).bits());
  EXPECT_NE(RandomStream(1, 0).bits(), RandomStream(2, 0).bits());
}

// The bound is the 99.9 % quantile of chi-square with 6 degrees of freedom.
TEST(Random, BelowIsUniform) {
  constexpr int kDraws = 70000, kFaces = 7;
  constexpr double kChiSquareBound = 22.46;
  RandomStream stream(11, 0);
  std::array<int, kFaces> counts{};
  for (int i = 0; i < kDraws; ++i) ++counts.at(stream.below(kFaces));
  double chi_square = 0;
  for (const int count : counts) {
    const double difference = count - double{kDraws} / kFaces;
    chi_square += difference * difference / (double{kDraws} / kFaces);
  }
  EXPECT_LT(chi_square, kChiSquareBound);
}

TEST(Random, NormalHasMeanZeroAndVarianceOne) {
  constexpr int kDraws = 100000;
  constexpr double kFiveSigma = 5.0;
  RandomStream stream(5, 0);
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = stream.normal();
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / kDraws, 0, kFiveSigma / std::sqrt(kDraws));
  EXPECT_NEAR(squares / kDraws, 1, kFiveSigma * std::sqrt(2.0 / kDraws));
}

TEST(Random, UniformStaysBelowOne) {
  RandomStream stream(5, 9);
  for (int i = 0; i < 10000; ++i) {
    const double value = stream.uniform();
    EXPECT_GE(value, 0.0);
    EXPECT_LT(value, 1.0);
  }
}

}  // namespace
}  // namespace pno
