#pragma once

// What is done to generated music before it is written: left out, transposed, played faster.

#include <cstdint>

#include "base/error.h"
#include "midi/performance.h"

namespace pno::cli {

struct ArrangeOptions {
  int transpose = 0;         // semitones
  double tempo_scale = 1.0;  // 2: twice as fast

  Expected<void> validate() const;
};

// The notes that begin at `from_us` or later, in time from there.
midi::Performance without_opening(const midi::Performance& performance, std::int64_t from_us);

// Returns how many notes would leave 0..127, which are left out. `performance` has no pedals.
std::int64_t arrange(midi::Performance& performance, const ArrangeOptions& options);

}  // namespace pno::cli
