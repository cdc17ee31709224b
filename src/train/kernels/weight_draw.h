#pragma once

// Draws for the dropout of attention weights, in arithmetic that compiles for CPU and GPU: the same
// pure function of (seed, unit, query, key) as in attention_dropout.h.

#include <cstdint>

#if defined(__CUDACC__)
#define PNO_HOST_DEVICE __host__ __device__ __forceinline__
#else
#define PNO_HOST_DEVICE inline
#endif

namespace pno::train {

// Seed number `place` of the stream that `seed` starts (as Dropout::at), by the finaliser of
// SplitMix64 (Steele et al., "Fast splittable pseudorandom number generators", 2014).
PNO_HOST_DEVICE std::uint64_t seed_at(std::uint64_t seed, std::uint64_t place) {
  std::uint64_t z = seed + 0x9E3779B97F4A7C15 * (place + 1);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

// Key of the draws of row `query`; unit_seed is the seed of its (batch element, head) pair.
PNO_HOST_DEVICE std::uint32_t weight_row_key(std::uint64_t unit_seed, std::uint64_t query) {
  return static_cast<std::uint32_t>(seed_at(unit_seed, query) >> 32);
}

// One word serves two keys 16 apart; the low 16 bits belong to the first of them.
PNO_HOST_DEVICE std::uint32_t weight_word_of_key(std::uint32_t key) {
  return key / 32 * 16 + key % 16;
}

// Draw number `word` of a row: a Weyl sequence through the finaliser of MurmurHash3 (Appleby 2011).
PNO_HOST_DEVICE std::uint32_t weight_bits(std::uint32_t row_key, std::uint32_t word) {
  std::uint32_t x = row_key ^ (word * 0x9E3779B9U);
  x = (x ^ (x >> 16)) * 0x85EBCA6BU;
  x = (x ^ (x >> 13)) * 0xC2B2AE35U;
  return x ^ (x >> 16);
}

}  // namespace pno::train
