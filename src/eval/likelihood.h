#pragma once

// Negative log-likelihood in nats and top-1 accuracy of a model on a dataset, by the protocol of
// corpus/windows.h. Each figure is there twice: over all events of the vocabulary, and over those
// that the grammar of events allows (events/grammar.h), read from the start of the piece.

#include <array>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "corpus/dataset.h"
#include "eval/interval.h"
#include "eval/score.h"
#include "events/vocabulary.h"
#include "infer/session.h"

namespace pno::eval {

// Targets at positions `first` up to twice that of their window; the last range has no end.
struct PositionScore {
  int first = 0;
  Score score;
};

struct PieceScore {
  std::size_t piece = 0;  // of the dataset
  Score score;
  std::int64_t notes = 0;    // NOTE_ONs among the targets
  double music_seconds = 0;  // sum of the TIME_SHIFTs among the targets
};

struct Likelihood {
  Score total;
  std::array<Score, events::kEventKinds> by_kind;  // by the kind of the target
  std::vector<PositionScore> by_position;          // only ranges with targets
  std::vector<PieceScore> pieces;                  // in the order of the dataset
  std::int64_t notes = 0;
  double music_seconds = 0;
  // Over resampled pieces.
  Interval nll, grammar_nll;

  double per_note() const;    // nats of all events for each note
  double per_second() const;  // nats for each second of music
};

struct LikelihoodOptions {
  corpus::Split split = corpus::Split::validation;
  int window = 0;          // tokens; 0: the context of the model. Beyond it the KV cache slides.
  int stride = 0;          // as in corpus::WindowOptions
  std::size_t sample = 0;  // as in corpus::WindowOptions
  int threads = 0;         // 0: those of the engine; the result is the same for any number
};

// Every token of the split except BOS is a target once, or with `sample` those of some windows.
// `progress` counts targets. Returns an error if an option is out of range, if the split is empty,
// if logits are not finite, or after an interrupt.
Expected<Likelihood> likelihood(const std::shared_ptr<const infer::Engine>& engine,
                                const corpus::Dataset& dataset, const LikelihoodOptions& options,
                                const ProgressFunction& progress);

}  // namespace pno::eval
