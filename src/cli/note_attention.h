#pragma once

// The notes that a model attended to before a note of a file, for a picture.

#include <cmath>
#include <cstddef>
#include <string>

#include "base/error.h"
#include "infer/attention_reader.h"
#include "midi/performance.h"
#include "picture/attention_arcs.h"

namespace pno::cli {

struct NoteAttentionOptions {
  std::string model;           // file
  double at_s = -1;            // the note is the first from here on; negative: the last
  double before_s = INFINITY;  // of those that begin before this time
  infer::HeadChoice of = {};   // whose mean is shown
  std::size_t arcs = 12;       // notes that are shown, at most
};

struct NoteAttention {
  picture::AttentionArcs arcs;
  double shown = 0;  // share of the notes that are shown, 0 … 1
  double rest = 0;   // of events that belong to no note
};

// Reads `performance` with the model up to the note. Returns an error if the model cannot be
// opened, does not have the head, or no note begins at the time.
Expected<NoteAttention> attention_before(const midi::Performance& performance,
                                         const NoteAttentionOptions& options);

}  // namespace pno::cli
