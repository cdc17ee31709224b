#pragma once

// Where a crop is taken from, and how it is augmented: a random note of a random piece, a
// transposition and a stretch. Place i of a seed is a pure function of (seed, i).

#include <cstdint>
#include <span>
#include <vector>

#include "corpus/dataset.h"

namespace pno::corpus {

// One dataset among those mixed, and how likely a crop is drawn from it.
struct Weighted {
  const Dataset* dataset = nullptr;
  double weight = 1;
};

struct Augmentation {
  int max_transpose = 3;  // semitones up and down; a piece that would leave 0..127 keeps its key
  double max_stretch = 0.05;  // times are multiplied by 1 - max_stretch … 1 + max_stretch
};

struct CropPlace {
  const Dataset* dataset = nullptr;
  std::size_t piece = 0;
  std::int64_t note = 0;  // of the piece's music
  int transpose = 0;
  double stretch = 1;
  std::uint64_t draws = 0;  // of its random stream so far: a caller's further ones come after them
};

class PlaceSampler {
 public:
  // Every note of the split of every dataset is drawn equally often within its dataset. Returns an
  // error if a dataset has no notes in the split, or the augmentation or a weight is out of range.
  // The datasets outlive the sampler.
  static Expected<PlaceSampler> create(std::span<const Weighted> datasets, Split split,
                                       const Augmentation& augmentation);

  // Draws from stream (seed, index). Any number of threads may draw.
  CropPlace draw(std::uint64_t seed, std::uint64_t index) const;

 private:
  struct Source {
    const Dataset* dataset = nullptr;
    double weight_end = 0;                   // cumulative over the sources
    std::vector<std::int64_t> notes_before;  // per piece of the split, and the sum last
    std::vector<std::size_t> pieces;
  };
  explicit PlaceSampler(const Augmentation& augmentation) : augmentation_(augmentation) {}
  const Source& source_at(double uniform) const;

  Augmentation augmentation_;
  std::vector<Source> sources_;
};

}  // namespace pno::corpus
