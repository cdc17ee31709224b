#pragma once

// Token sequences of one length, side by side, and which of their positions have a target.

#include <cstdint>
#include <span>
#include <vector>

#include "events/vocabulary.h"

namespace pno::train {

struct Batch {
  std::int64_t rows = 0, length = 0;
  std::int64_t first_row = 0;           // the row of the step's batch that is row 0 here
  std::vector<std::int64_t> inputs;     // [rows, length], padded with EOS
  std::vector<std::int64_t> targets;    // of the positions below
  std::vector<std::int64_t> target_at;  // row · length + position, ascending

  // Adds a row that predicts tokens[1 .. music-1], each from those before it. What follows in
  // `tokens`, or is missing to length + 1, is padding.
  void add(std::span<const events::Token> tokens, std::size_t music, events::Token padding);
};

}  // namespace pno::train
