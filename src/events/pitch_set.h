#pragma once

// A set of pitches as 128 bits, visited in ascending order, the order of events in a step.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace pno::events {

class PitchSet {
 public:
  // pitch: 0..127
  void insert(int pitch) noexcept { word(pitch) |= bit(pitch); }
  void erase(int pitch) noexcept { word(pitch) &= ~bit(pitch); }
  void clear() noexcept { words_ = {}; }

  bool contains(int pitch) const noexcept { return (words_[index(pitch)] & bit(pitch)) != 0; }
  bool empty() const noexcept { return (words_[0] | words_[1]) == 0; }
  bool meets(const PitchSet& other) const noexcept {
    return ((words_[0] & other.words_[0]) | (words_[1] & other.words_[1])) != 0;
  }

  // Pitch p is bit p % 64 of word p / 64.
  const std::array<std::uint64_t, 2>& words() const noexcept { return words_; }

  // All pitches above `pitch`, which is -1..127.
  static PitchSet above(int pitch) noexcept {
    constexpr auto kAll = ~std::uint64_t{0};
    PitchSet set;
    if (pitch < 63) {
      set.words_ = {kAll << (pitch + 1), kAll};
    } else if (pitch < 127) {
      set.words_ = {0, kAll << (pitch - 63)};
    }
    return set;
  }

  // Visits a copy of the set, so that `visit` may insert and erase.
  template <class Visit>
  void for_each(Visit&& visit) const {
    const auto words = words_;
    for (std::size_t i = 0; i < words.size(); ++i) {
      for (std::uint64_t rest = words[i]; rest != 0; rest &= rest - 1) {
        visit(static_cast<int>(i) * 64 + std::countr_zero(rest));
      }
    }
  }

 private:
  static std::size_t index(int pitch) noexcept { return static_cast<std::size_t>(pitch) / 64; }
  static std::uint64_t bit(int pitch) noexcept { return std::uint64_t{1} << (pitch % 64); }
  std::uint64_t& word(int pitch) noexcept { return words_[index(pitch)]; }

  std::array<std::uint64_t, 2> words_{};
};

}  // namespace pno::events
