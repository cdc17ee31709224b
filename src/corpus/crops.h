#pragma once

// Training crops: token sequences that begin at a random note of a random piece, transposed and
// stretched, encoded as they are drawn. Crop i of a seed is a pure function of (seed, i): any
// thread may draw it, and a run resumes at a number.

#include <cstdint>
#include <span>
#include <vector>

#include "corpus/dataset.h"
#include "events/vocabulary.h"

namespace pno::corpus {

struct CropOptions {
  events::Vocabulary vocabulary = events::kPerformance;
  int length = 1024;      // tokens of a crop
  int max_transpose = 3;  // semitones up and down; a piece that would leave 0..127 keeps its key
  double max_stretch = 0.05;  // times are multiplied by 1 - max_stretch … 1 + max_stretch
  std::uint64_t seed = 1;
};

// One dataset among those mixed, and how likely a crop is drawn from it.
struct Weighted {
  const Dataset* dataset = nullptr;
  double weight = 1;
};

class CropSampler {
 public:
  // Every note of the split of every dataset is a start, equally likely within its dataset.
  // Fails where a dataset has no notes in the split, or an option or weight is out of range. The
  // datasets outlive the sampler.
  static Expected<CropSampler> create(std::span<const Weighted> datasets, Split split,
                                      const CropOptions& options);

  // Draws crop `index` into `tokens` (options.length long). Returns how many tokens are music; the
  // rest, after the end of a piece, repeat EOS and are not targets. A crop opens with BOS only at
  // the first note of its piece. Any number of threads may draw.
  int draw(std::uint64_t index, std::span<events::Token> tokens) const;

 private:
  struct Source {
    const Dataset* dataset = nullptr;
    double weight_end = 0;                   // cumulative over the sources
    std::vector<std::int64_t> notes_before;  // per piece of the split, and the sum last
    std::vector<std::size_t> pieces;
  };
  explicit CropSampler(const CropOptions& options) : options_(options) {}
  const Source& draw_source(double uniform) const;

  CropOptions options_;
  std::vector<Source> sources_;
};

}  // namespace pno::corpus
