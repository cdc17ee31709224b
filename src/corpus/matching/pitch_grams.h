#pragma once

// The pitches of a piece as a set of 7-grams. Two performances of one piece share many of them, two
// different pieces few. DESIGN.md section 8, "Overlap".

#include <cstdint>
#include <span>
#include <vector>

namespace pno::corpus {

inline constexpr int kGramPitches = 7;
inline constexpr std::int64_t kChordUs = 30'000;  // a chord ends so long after its first note

// Seven successive pitches, 7 bits each, their bits mixed by a bijection: two grams are equal only
// if the pitches are, and the upper bits of different grams are spread evenly.
using Gram = std::uint64_t;
inline constexpr int kGramBits = 7 * kGramPitches;

// The first of the pitches is pitches[0]; all are below 128.
Gram gram_of(std::span<const std::uint8_t, kGramPitches> pitches);

// Two columns of a piece, sorted by start.
struct PieceOnsets {
  std::span<const std::int64_t> start_us;
  std::span<const std::uint8_t> pitch;
};

struct Onset {
  std::int64_t start_us = 0;
  std::uint8_t pitch = 0;
};

// The onsets in the order in which n-grams read them: those at most kChordUs after the first of a
// chord are sorted by pitch. A pitch that a chord has twice (two parts in unison) counts once.
void order_onsets(const PieceOnsets& piece, std::vector<Onset>& into);

// Reads the grams of one piece after the other. Not thread-safe.
class GramReader {
 public:
  // The set of a piece's grams, sorted; empty for fewer than seven onsets. Valid until the next
  // call.
  std::span<const Gram> read(const PieceOnsets& piece);

  // The grams of a piece in their order, a gram as often as it occurs. Valid until the next call.
  std::span<const Gram> read_unsorted(const PieceOnsets& piece);

 private:
  std::vector<Onset> onsets_;
  std::vector<Gram> grams_;
};

}  // namespace pno::corpus
