#pragma once

// Arcs to a note from the notes that a model attended to before it drew it.

#include <cstddef>
#include <vector>

#include "midi/performance.h"
#include "picture/canvas.h"
#include "picture/layout.h"

namespace pno::picture {

// Indices are of Performance::notes.
struct HeededNote {
  std::size_t note = 0;
  double share = 0;  // of the attention, 0 … 1
};
struct AttentionArcs {
  std::size_t chosen = 0;          // the note that was drawn
  std::vector<HeededNote> heeded;  // the greatest share first

  bool has(std::size_t note) const;
};

// The wider and darker, the greater the share.
void draw_attention_arcs(const midi::Performance& performance, const AttentionArcs& arcs,
                         const Layout& layout, Canvas& canvas);

}  // namespace pno::picture
