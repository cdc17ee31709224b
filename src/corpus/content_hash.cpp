#include "corpus/dataset.h"

namespace pno::corpus {
namespace {

// Multiply-and-fold: the 128-bit product of two words, its halves xored. One multiplication spreads
// each of 128 input bits over the whole result. (The idea of Wang Yi's wyhash; against chance, not
// against an adversary.) The constants are the fractional parts of the square roots of 2, 3, 5, 7.
__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kRoot2 = 0x6a09e667f3bcc908, kRoot3 = 0xbb67ae8584caa73b,
                        kRoot5 = 0x3c6ef372fe94f82b, kRoot7 = 0xa54ff53a5f1d36f1;

std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  const Wide product = Wide{a} * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

std::string content_hash(std::span<const events::PlainNote> notes) {
  std::uint64_t hash = kRoot2 ^ notes.size();
  for (const auto& note : notes) {
    const auto start = static_cast<std::uint64_t>(note.start_us);
    const std::uint64_t rest =
        note.length_us | std::uint64_t{note.pitch} << 32 | std::uint64_t{note.velocity} << 40;
    // The sum keeps the earlier notes even where a factor is 0.
    hash = (hash + kRoot3) ^ fold(start ^ hash ^ kRoot5, rest ^ kRoot7);
  }
  return fmt::format("{:016x}", fold(hash ^ kRoot5, kRoot3));
}

}  // namespace pno::corpus
