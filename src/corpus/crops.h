#pragma once

// Training crops: token sequences that begin at a random note or event of a random piece,
// transposed and stretched, encoded as they are drawn. Crop i of a seed is a pure function of
// (seed, i): any thread may draw it, and a run resumes at a number.

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "corpus/crop_place.h"
#include "corpus/dataset.h"
#include "events/grammar.h"
#include "events/vocabulary.h"

namespace pno::corpus {

struct CropOptions {
  events::Vocabulary vocabulary = events::kPerformance;
  int length = 1024;      // tokens of a crop
  int max_transpose = 3;  // semitones up and down; a piece that would leave 0..127 keeps its key
  double max_stretch = 0.05;  // times are multiplied by 1 - max_stretch … 1 + max_stretch
  std::uint64_t seed = 1;
  // false: a crop begins with a random note, as if nothing sounded before it. Its first token is
  // BOS only if the note is the first of its piece.
  // true: a crop begins at a random event, as a validation window does: it may open with NOTE_OFFs
  // of notes that began before it. The events are encoded from 256 notes before a random note;
  // notes before these are as if not played. The crop begins at one of 64 events, equally likely:
  // the 32 before the place at which the events of the random note begin, and the 32 from there. At
  // the start of a piece it begins with BOS instead of an event before it, at the end with an
  // earlier event. If the 256 notes have more than 8192 events, the crop begins with the random
  // note.
  bool any_event = false;
};

class CropSampler {
 public:
  // Every note of the split of every dataset is drawn equally often within its dataset. Returns an
  // error if a dataset has no notes in the split, or an option or weight is out of range. The
  // datasets outlive the sampler.
  static Expected<CropSampler> create(std::span<const Weighted> datasets, Split split,
                                      const CropOptions& options);

  // Draws crop `index` into `tokens` (options.length long). Returns how many tokens are music; the
  // rest, after the end of a piece, repeat EOS and are not targets; at least 2 are music if the
  // crop is that long. Any number of threads may draw.
  int draw(std::uint64_t index, std::span<events::Token> tokens) const;
  // The same, and sets `before` to the grammar that has read the events before the crop.
  int draw(std::uint64_t index, std::span<events::Token> tokens, events::Grammar& before) const;

 private:
  // The random choices of a crop.
  struct Place {
    CropPlace crop;
    std::size_t offset = 0;  // of any_event: the crop begins offset - 32 events from the note
  };
  // The events that a crop is cut from, and the first of the crop.
  struct Stream {
    std::vector<events::Token> tokens;
    std::size_t start = 0;
  };
  CropSampler(const CropOptions& options, PlaceSampler places)
      : options_(options), places_(std::move(places)) {}
  Place draw_place(std::uint64_t index) const;
  Stream from_note(const Place& place) const;
  Stream from_event(const Place& place) const;

  CropOptions options_;
  PlaceSampler places_;
};

}  // namespace pno::corpus
