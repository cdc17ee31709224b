#pragma once

// Draws the training examples of a model with roles. Example i of a seed is a pure function of
// (seed, i): any thread may draw it, and a run resumes at a number.
//
// An example fills its row if its piece is long enough: a plain or duet crop is cut where the row
// ends, an infill's future grows until the row is full, and a crop that would end with its piece
// before that begins earlier. docs/design.md says how much of the rows of real music stays empty.

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "corpus/crop_place.h"
#include "corpus/examples/composer_names.h"
#include "corpus/examples/control_plan.h"
#include "corpus/examples/example.h"
#include "corpus/examples/example_crop.h"
#include "corpus/examples/infill.h"
#include "events/stored_vocabulary.h"

namespace pno::corpus {

// How often each task is drawn, relative to the sum.
struct TaskWeights {
  double plain = 50, infill = 25, accompany = 9, realise = 8, duet = 8;

  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    visit("plain", c.plain, "weight of examples that continue music");
    visit("infill", c.infill, "weight of examples that fill a gap");
    visit("accompany", c.accompany, "weight of examples that accompany an announced melody");
    visit("realise", c.realise, "weight of examples that play an announced melody themselves");
    visit("duet", c.duet, "weight of examples with another player, unannounced");
  }
};

struct ExampleOptions {
  events::StoredVocabulary vocabulary;  // with roles
  int length = 2048;                    // inputs of a row
  Augmentation augmentation = {};
  TaskWeights weights = {};
  ControlOptions controls = {};
  InfillOptions infill = {};
  std::uint64_t seed = 1;
};

class ExampleSampler {
 public:
  // Returns an error if a dataset has no notes in the split, or an option or weight is out of
  // range. The datasets outlive the sampler.
  static Expected<ExampleSampler> create(std::span<const Weighted> datasets, Split split,
                                         const ExampleOptions& options);

  // Example `index`, of 2 to options.length + 1 tokens. Any number of threads may draw.
  Example draw(std::uint64_t index) const;

 private:
  ExampleSampler(const ExampleOptions& options, PlaceSampler places)
      : options_(options), places_(std::move(places)), composers_(options_.vocabulary.composers) {}

  Task draw_task(double uniform) const;
  bool draw_infill(const CropPlace& place, RandomStream& random, ExampleWriter& writer) const;
  void draw_music(const CropPlace& place, Task task, RandomStream& random,
                  ExampleWriter& writer) const;
  PieceControls controls_of(const CropPlace& place) const;

  ExampleOptions options_;
  PlaceSampler places_;
  ComposerTable composers_;
};

}  // namespace pno::corpus
