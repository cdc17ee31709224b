#include "corpus/matching/pitch_grams.h"

#include <algorithm>
#include <array>

namespace pno::corpus {
namespace {

constexpr Gram kGramMask = (Gram{1} << kGramBits) - 1;

// Each step has an inverse modulo 2^49: the multiplier is odd, and the shift is that of the upper
// half. The multipliers are the golden ratio's and that of SplitMix64 (Steele et al., 2014).
Gram mix(Gram pitches) {
  constexpr Gram kGolden = 0x9e3779b97f4a7c15, kSplitMix = 0xbf58476d1ce4e5b9;
  constexpr int kHalf = (kGramBits + 1) / 2;
  Gram gram = pitches * kGolden & kGramMask;
  gram ^= gram >> kHalf;
  return gram * kSplitMix & kGramMask;
}

bool is_lower(const Onset& a, const Onset& b) {
  return a.pitch < b.pitch;
}

}  // namespace

Gram gram_of(std::span<const std::uint8_t, kGramPitches> pitches) {
  Gram packed = 0;
  for (const std::uint8_t pitch : pitches) packed = packed << 7 | pitch;
  return mix(packed);
}

void order_onsets(const PieceOnsets& piece, std::vector<Onset>& into) {
  into.clear();
  const std::size_t count = piece.start_us.size();
  into.reserve(count);
  for (std::size_t first = 0; first < count;) {
    const auto chord = static_cast<std::ptrdiff_t>(into.size());
    std::size_t note = first;
    for (; note < count && piece.start_us[note] - piece.start_us[first] <= kChordUs; ++note) {
      into.push_back({piece.start_us[note], piece.pitch[note]});
    }
    if (note - first > 1) {
      std::stable_sort(into.begin() + chord, into.end(), is_lower);
      const auto is_same = [](const Onset& a, const Onset& b) { return a.pitch == b.pitch; };
      into.erase(std::unique(into.begin() + chord, into.end(), is_same), into.end());
    }
    first = note;
  }
}

std::span<const Gram> GramReader::read(const PieceOnsets& piece) {
  read_unsorted(piece);
  std::sort(grams_.begin(), grams_.end());
  grams_.erase(std::unique(grams_.begin(), grams_.end()), grams_.end());
  return grams_;
}

std::span<const Gram> GramReader::read_unsorted(const PieceOnsets& piece) {
  order_onsets(piece, onsets_);
  grams_.clear();
  Gram packed = 0;
  for (std::size_t i = 0; i < onsets_.size(); ++i) {
    packed = (packed << 7 | onsets_[i].pitch) & kGramMask;
    if (i + 1 >= kGramPitches) grams_.push_back(mix(packed));
  }
  return grams_;
}

}  // namespace pno::corpus
