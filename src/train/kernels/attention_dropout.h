#pragma once

// Dropout of attention weights: the decision is a pure function of (seed, unit, query, key). So all
// implementations drop the same weights in any order, and the backward pass computes the decisions
// again instead of storing them. The kernels vectorise this scalar definition.
//
// 16 bits decide about a weight, so the rate is rounded to a multiple of 1/65536. One 32-bit word
// serves two keys 16 apart: 32 consecutive keys use 16 consecutive words, one AVX-512 vector.

#include <cmath>
#include <cstdint>

namespace pno::train {

class WeightDropout {
 public:
  static constexpr std::uint32_t kRange = 1 << 16;
  // Step of the Weyl sequence of words in a row: 2^32 / golden ratio.
  static constexpr std::uint32_t kWordStep = 0x9E3779B9;
  // The finaliser of MurmurHash3 (Appleby, 2011).
  static constexpr std::uint32_t kFirstFactor = 0x85EBCA6B, kSecondFactor = 0xC2B2AE35;

  WeightDropout(double rate, std::uint64_t seed)
      : seed_(seed), threshold_(static_cast<std::uint32_t>(std::lround(rate * kRange))) {}

  // A weight is dropped if its 16 bits are less than this.
  std::uint32_t threshold() const { return threshold_; }
  bool drops_any() const { return threshold_ > 0; }
  // Factor of the kept weights: 1 / (1 - rounded rate).
  double kept_factor() const { return static_cast<double>(kRange) / (kRange - threshold_); }

  // Key of the draws of row `query`; unit = batch element · heads + head.
  std::uint32_t row_key(std::int64_t unit, std::int64_t query) const {
    const std::uint64_t unit_seed = draw(seed_, static_cast<std::uint64_t>(unit));
    return static_cast<std::uint32_t>(draw(unit_seed, static_cast<std::uint64_t>(query)) >> 32);
  }

  static std::uint32_t word_of_key(std::int64_t key) {
    return static_cast<std::uint32_t>(key / 32 * 16 + key % 16);
  }
  static std::uint32_t mixed(std::uint32_t row_key, std::uint32_t word) {
    std::uint32_t x = row_key ^ (word * kWordStep);
    x = (x ^ (x >> 16)) * kFirstFactor;
    x = (x ^ (x >> 13)) * kSecondFactor;
    return x ^ (x >> 16);
  }

  bool drops(std::uint32_t row_key, std::int64_t key) const {
    const std::uint32_t bits = mixed(row_key, word_of_key(key));
    return (key % 32 < 16 ? bits % kRange : bits >> 16) < threshold_;
  }

 private:
  // Draw `index` of SplitMix64 (Steele et al., "Fast splittable pseudorandom number generators",
  // 2014).
  static std::uint64_t draw(std::uint64_t seed, std::uint64_t index) {
    std::uint64_t z = seed + 0x9E3779B97F4A7C15 * (index + 1);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

  std::uint64_t seed_;
  std::uint32_t threshold_;
};

}  // namespace pno::train
