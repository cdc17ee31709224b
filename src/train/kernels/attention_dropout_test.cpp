#include "train/kernels/attention_dropout.h"

#include <gtest/gtest.h>

#include <array>

namespace pno::train {
namespace {

constexpr std::int64_t kQueries = 1000, kKeys = 1000;
constexpr double kDraws = static_cast<double>(kQueries * kKeys);

std::vector<std::vector<bool>> mask(const WeightDropout& dropout, std::int64_t unit) {
  std::vector<std::vector<bool>> dropped;
  for (std::int64_t query = 0; query < kQueries; ++query) {
    const auto row_key = dropout.row_key(unit, query);
    auto& row = dropped.emplace_back();
    for (std::int64_t key = 0; key < kKeys; ++key) row.push_back(dropout.drops(row_key, key));
  }
  return dropped;
}

// Five standard deviations of the mean of kDraws draws.
double tolerance(double probability) {
  return 5 * std::sqrt(probability * (1 - probability) / kDraws);
}

TEST(WeightDropout, DropsAtTheGivenRate) {
  for (const double rate : {0.1, 0.5, 0.9}) {
    double count = 0;
    for (const auto& row : mask({rate, 1}, 0)) {
      for (const bool dropped : row) count += dropped;
    }
    EXPECT_NEAR(count / kDraws, rate, tolerance(rate));
  }
}

TEST(WeightDropout, RateZeroDropsNone) {
  const WeightDropout none(0, 1);
  EXPECT_FALSE(none.drops_any());
  EXPECT_EQ(none.kept_factor(), 1);
  for (std::int64_t key = 0; key < kKeys; ++key) EXPECT_FALSE(none.drops(none.row_key(0, 1), key));
}

// Exact for the rounded rate.
TEST(WeightDropout, KeptFactorPreservesTheMean) {
  for (const double rate : {0.1, 1.0 / 3}) {
    const WeightDropout dropout(rate, 1);
    EXPECT_EQ(dropout.kept_factor() * (1 - dropout.threshold() / 65536.0), 1);
  }
}

// Pairs of draws a fixed number of queries and keys apart (neighbours, the two halves of a word,
// one row apart), and of different heads and seeds, are both dropped as often as independent draws.
TEST(WeightDropout, DrawsAreIndependent) {
  constexpr double kRate = 0.3;
  const auto here = mask({kRate, 1}, 0);
  const auto expect_independent = [&](const auto& there, std::int64_t queries, std::int64_t keys) {
    double both = 0, draws = 0;
    for (std::size_t query = 0; query + static_cast<std::size_t>(queries) < here.size(); ++query) {
      const auto& row = here[query];
      const auto& other = there[query + static_cast<std::size_t>(queries)];
      for (std::size_t key = 0; key + static_cast<std::size_t>(keys) < row.size(); ++key) {
        both += row[key] && other[key + static_cast<std::size_t>(keys)];
        ++draws;
      }
    }
    EXPECT_NEAR(both / draws, kRate * kRate, 1.1 * tolerance(kRate * kRate))
        << queries << " queries and " << keys << " keys apart";
  };
  for (const auto& [queries, keys] : {std::array{0, 1},
                                      {0, 2},
                                      {0, 15},
                                      {0, 16},
                                      {0, 17},
                                      {0, 32},
                                      {0, 64},
                                      {1, 0},
                                      {1, 1},
                                      {2, 0},
                                      {1, 16},
                                      {64, 0},
                                      {32, 32}}) {
    expect_independent(here, queries, keys);
  }
  expect_independent(mask({kRate, 1}, 1), 0, 0);
  expect_independent(mask({kRate, 2}, 0), 0, 0);
}

}  // namespace
}  // namespace pno::train
