#pragma once

// Changes to generated music before it is written: cut the prime, transpose, change the tempo.

#include <cstdint>

#include "base/error.h"
#include "midi/performance.h"

namespace pno::cli {

struct ArrangeOptions {
  int transpose = 0;         // semitones
  double tempo_scale = 1.0;  // 2: twice as fast

  // Returns a usage error if a value is out of range.
  Expected<void> validate() const;
};

// The notes that begin at from_us or later, with times relative to from_us.
midi::Performance without_opening(const midi::Performance& performance, std::int64_t from_us);

// Transposes and scales the notes. Removes notes that would leave 0..127, and returns their number.
// `performance` has no pedals.
std::int64_t arrange(midi::Performance& performance, const ArrangeOptions& options);

}  // namespace pno::cli
