#pragma once

// Music of a model for measure_music: pieces without a prime, or continuations of pieces of a
// dataset.

#include <cstdint>
#include <memory>

#include "base/error.h"
#include "corpus/dataset.h"
#include "infer/engine.h"
#include "infer/music/music_sampler.h"
#include "music_row.h"

namespace pno::bench {

struct MusicPlan {
  double minutes = 30, piece_seconds = 120;
  double prime_seconds = 0;  // 0: without a prime
  corpus::Split split = corpus::Split::validation;
  std::uint64_t seed = 1;
  int together = 4;  // pieces of one prime, drawn in one pass over the weights
};

// Draws until the plan is fulfilled, and measures the new notes alone. Primes begin in the middle
// of pieces of `dataset`, which are chosen evenly; it may be null without primes.
Expected<MusicRow> draw_music(const std::shared_ptr<const infer::Engine>& engine,
                              const corpus::Dataset* dataset, const infer::DrawOptions& draw,
                              const MusicPlan& plan);

// The pieces of a split, cut into windows of piece_seconds; the remainder of each is left out. In
// place of drawn events: those of the whole pieces, and the ones that the default limits forbid.
MusicRow real_music(const corpus::Dataset& dataset, const MusicPlan& plan);

}  // namespace pno::bench
