#pragma once

// A part of a piece that is measured.

#include <cstdint>
#include <span>
#include <vector>

#include "events/encode.h"

namespace pno::eval {

using Notes = std::span<const events::PlainNote>;

struct Excerpt {
  std::vector<events::PlainNote> notes;  // sorted by (start, pitch); within 0..length_us
  std::int64_t length_us = 0;

  double seconds() const { return static_cast<double>(length_us) / 1e6; }
};

// The notes that start within `length_us` of the first one at or after `from_us`. That note is at
// time 0 of the excerpt, so that it does not begin with silence. Notes are cut at its end. An
// excerpt that the end of the piece shortens is as long as its notes. Empty if no note starts at or
// after `from_us`.
Excerpt excerpt_of(Notes notes, std::int64_t from_us, std::int64_t length_us);

}  // namespace pno::eval
