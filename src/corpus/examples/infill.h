#pragma once

// Infill examples: controls INFILL gap | future | PREFIX past | MIDDLE middle END, of a crop that
// is cut at two steps. An edge lies between the NOTE_OFFs and the NOTE_ONs of its step, so a note
// that ends there is over, and one that begins there comes after it; a TIME_SHIFT across it is cut
// in two.

#include <cstdint>
#include <optional>

#include "base/random.h"
#include "corpus/examples/control_plan.h"
#include "corpus/examples/example_crop.h"
#include "corpus/examples/example_writer.h"

namespace pno::corpus {

// Of the tokens of an example at most a quarter are the future, at most half the middle, and at
// least an eighth the past.
struct InfillOptions {
  double least_gap_s = 0.5, greatest_gap_s = 20;      // short ones as likely as twice as long ones
  double least_future_s = 2, greatest_future_s = 15;  // equally likely
};

// The steps of the edges of a gap, and the last step of the future.
struct Gap {
  std::int64_t start = 0, end = 0, future_end = 0;
};

// A random gap of a crop, for an example of at most `tokens` tokens: when it is full, the future
// has about the length that was drawn. Nothing if the crop is too short for one, or its music too
// dense.
std::optional<Gap> draw_gap(const ExampleCrop& crop, std::size_t tokens,
                            const events::Vocabulary& vocabulary, const InfillOptions& options,
                            RandomStream& random);

// The controls of an infill: those of the middle, KEY of the crop.
ControlValues infill_controls(const ExampleCrop& crop, const Gap& gap, const PieceControls& piece,
                              int steps_per_second);

// Writes the example. The future takes the tokens that the rest leaves of the writer's
// room, at most a quarter of the room, so that it may end before gap.future_end. Returns false, and
// writes nothing, if the past and the middle alone fill the room.
bool write_infill(const ExampleCrop& crop, const Gap& gap, const ControlValues& controls,
                  const events::Vocabulary& vocabulary, ExampleWriter& writer);

}  // namespace pno::corpus
