#pragma once

// Batches for tests of training.

#include <cstdint>
#include <vector>

#include "train/step/batch.h"

namespace pno::train {

// Rows of (i² + 7·row) modulo the vocabulary: all different and easy to learn.
inline Batch square_patterns(std::int64_t rows, std::int64_t length, std::int64_t vocabulary_size) {
  Batch batch;
  batch.length = length;
  for (std::int64_t row = 0; row < rows; ++row) {
    std::vector<events::Token> tokens;
    for (std::int64_t i = 0; i <= length; ++i) {
      tokens.push_back(static_cast<events::Token>((i * i + row * 7) % vocabulary_size));
    }
    batch.add(tokens, tokens.size(), 0);
  }
  return batch;
}

}  // namespace pno::train
