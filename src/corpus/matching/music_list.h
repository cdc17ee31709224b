#pragma once

// The pieces that overlap.h compares, and when two of them are the same music.

#include <cstddef>
#include <vector>

#include "corpus/matching/pitch_grams.h"

namespace pno::corpus {

// From this share on two pieces are taken for the same music.
inline constexpr double kSameMusicShare = 0.05;
// A piece with fewer grams than this is the same as another only from the larger share on.
inline constexpr std::size_t kFewGrams = 50;
inline constexpr double kFewGramsShare = 0.5;

// A piece to compare, and its number among all of its dataset.
struct MusicPiece {
  std::size_t number = 0;
  PieceOnsets onsets;
};
using MusicList = std::vector<MusicPiece>;  // in any order, each number once

struct OverlapOptions {
  double threshold = kSameMusicShare;
  int threads = 0;  // 0: one for each core
  // Grams that are indexed at a time, 16 bytes each, and the pieces they belong to. With more of
  // them in the smaller list, the larger list is read several times.
  std::size_t grams_in_memory = 8 << 20;
  // A gram that more of the indexed pieces have than this is not counted for each pair of pieces,
  // but only for those that might match. The matches are the same.
  std::size_t common_gram_pieces = 2048;
};

}  // namespace pno::corpus
