#pragma once

// Validation windows, by the protocol of the Music Transformer paper: each piece is encoded whole
// (BOS … EOS) and cut into consecutive windows without overlap, with the remainder, without
// augmentation. Every token but BOS is a target exactly once.

#include <vector>

#include "corpus/dataset.h"
#include "events/grammar.h"
#include "events/vocabulary.h"

namespace pno::corpus {

// inputs = tokens[0 .. n-1], targets = tokens[1 .. n]; n <= WindowOptions::tokens.
struct Window {
  std::size_t piece = 0;              // of the dataset
  std::vector<events::Token> tokens;  // n + 1, at least 2
  events::Grammar before;             // has read the events of the piece before the window
  std::size_t counted = 0;            // this many of the last targets count; at least 1
};

struct WindowOptions {
  Split split = Split::validation;
  int tokens = 0;  // n at most; more than 0
  int stride = 0;  // tokens from one window's start to the next, up to `tokens`; 0: `tokens`
  std::size_t sample = 0;  // this many windows, spread evenly over the split; 0: all
};

// The windows of a split, in the order of its pieces, the same ones every time. With a stride less
// than `tokens` they overlap: all targets of the first window of a piece count, and only the new
// ones of the others, so that every target counts once and has more context.
std::vector<Window> validation_windows(const Dataset& dataset, const events::Vocabulary& vocabulary,
                                       const WindowOptions& options);

}  // namespace pno::corpus
