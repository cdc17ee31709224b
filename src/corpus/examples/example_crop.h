#pragma once

// The events that an example is made of: those of consecutive notes of a piece, augmented, on the
// grid.

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "corpus/crop_place.h"
#include "corpus/examples/example.h"
#include "corpus/examples/grid_music.h"
#include "events/vocabulary.h"

namespace pno::corpus {

struct ExampleCrop {
  std::vector<GridEvent> events = {};  // at least one
  // Tokens that plain music takes before each event, and for all of them; one more than events.
  std::vector<std::int32_t> tokens_before = {};
  bool from_start = false;  // begins with the first note of its piece
  bool to_end = false;      // ends with the last event of its piece
};

// The crop from a place on, or from an earlier note if the piece ends before an example of `tokens`
// tokens is full. With a melody for accompany, realise and duet, chosen at random.
ExampleCrop draw_example_crop(CropPlace place, Task task, std::size_t tokens,
                              const events::Vocabulary& vocabulary, RandomStream& random);

}  // namespace pno::corpus
