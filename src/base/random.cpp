#include "base/random.h"

#include <cmath>
#include <numbers>

#include "base/error.h"

namespace pno {

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::uint64_t key) {
  constexpr std::uint64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  auto key0 = static_cast<std::uint32_t>(key);
  auto key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = kMultiplier0 * counter[0];
    const std::uint64_t product1 = kMultiplier1 * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key0,
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key1,
               static_cast<std::uint32_t>(product0)};
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
  return counter;
}

std::uint64_t RandomStream::bits() {
  const std::uint64_t block = position_ / 2;
  const auto words =
      philox4x32({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                  static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)},
                 seed_);
  const std::size_t half = position_++ % 2 * 2;
  return words[half] | (std::uint64_t{words[half + 1]} << 32);
}

double RandomStream::uniform() {
  return static_cast<double>(bits() >> 11) * 0x1p-53;
}

std::uint64_t RandomStream::below(std::uint64_t count) {
  PNO_CHECK(count > 0, "a draw from nothing");
  // Values under 2^64 mod count would make the low residues likelier; they are drawn again.
  const std::uint64_t rejected = (0 - count) % count;
  std::uint64_t value = bits();
  while (value < rejected) value = bits();
  return value % count;
}

double RandomStream::normal() {
  // Box and Muller (1958); 1 - u keeps the logarithm finite.
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

}  // namespace pno
