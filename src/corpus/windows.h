#pragma once

// Validation windows, by the protocol of the Music Transformer paper: each piece is encoded whole
// (BOS … EOS) and cut into consecutive windows without overlap, with the remainder, without
// augmentation. Every token but BOS is a target exactly once.

#include <vector>

#include "corpus/dataset.h"
#include "events/grammar.h"
#include "events/vocabulary.h"

namespace pno::corpus {

// inputs = tokens[0 .. n-1], targets = tokens[1 .. n]; n <= context.
struct Window {
  std::size_t piece = 0;              // of the dataset
  std::vector<events::Token> tokens;  // n + 1, at least 2
  events::Grammar before;             // has read the events of the piece before the window
};

// The windows of a split, in the order of its pieces. `max_windows` takes that many spread evenly
// over the split (0: all), the same ones every time.
std::vector<Window> validation_windows(const Dataset& dataset, Split split,
                                       const events::Vocabulary& vocabulary, int context,
                                       std::size_t max_windows = 0);

}  // namespace pno::corpus
