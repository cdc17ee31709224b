#pragma once

// The two losses of the same targets.

#include "train/step/learner_state.h"

namespace pno::train {

struct NllMeans {
  NllMean plain;    // -log p(target)
  NllMean grammar;  // -log p(target | the events that the grammar allows)

  void add(const NllMeans& more) {
    plain.add(more.plain.sum, more.plain.targets);
    grammar.add(more.grammar.sum, more.grammar.targets);
  }
  bool operator==(const NllMeans&) const = default;
};

}  // namespace pno::train
