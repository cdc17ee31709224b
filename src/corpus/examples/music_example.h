#pragma once

// Examples without a gap: plain music, and a melody with its accompaniment that one or two players
// play.

#include <span>

#include "corpus/examples/control_plan.h"
#include "corpus/examples/example_crop.h"
#include "corpus/examples/example_writer.h"

namespace pno::corpus {

// Writes a crop as one part of any task but infill, until the writer is full or the crop ends.
// Notes of the melody are announced in `accompany` and `realise`; they are given in `accompany` and
// `duet`. Before the first event of a step stand its controls, then its announcements by onset and
// pitch. A TIME_SHIFT has the role of the event after it.
void write_music(const ExampleCrop& crop, Task task, std::span<const ControlPlace> controls,
                 const events::Vocabulary& vocabulary, ExampleWriter& writer);

}  // namespace pno::corpus
