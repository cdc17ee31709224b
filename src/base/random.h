#pragma once

// Seeded random streams: draw i of stream (seed, stream) is a pure function of the three, so any
// thread may compute it and a saved position resumes it.
// Generator: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).

#include <array>
#include <cstdint>

namespace pno {

// One Philox block: 128 random bits from a 128-bit counter and a 64-bit key.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::uint64_t key);

class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}

  std::uint64_t bits();                      // 64 random bits
  double uniform();                          // [0, 1), a multiple of 2^-53
  std::uint64_t below(std::uint64_t count);  // [0, count) without bias; count > 0
  double normal();                           // mean 0, variance 1; takes two draws

  // Draws of bits() so far; set it to go back or ahead.
  std::uint64_t position() const { return position_; }
  void seek(std::uint64_t position) { position_ = position; }

 private:
  std::uint64_t seed_, stream_, position_ = 0;
};

}  // namespace pno
