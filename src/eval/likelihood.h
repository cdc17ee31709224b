#pragma once

// How well a model predicts music: negative log-likelihood in nats per token and accuracy, by the
// protocol of corpus/windows.h.

#include <array>
#include <cstdint>

#include "base/error.h"
#include "base/progress.h"
#include "corpus/dataset.h"
#include "events/vocabulary.h"
#include "infer/session.h"

namespace pno::eval {

struct Score {
  std::int64_t tokens = 0;  // targets
  double nll_sum = 0;       // nats
  std::int64_t hits = 0;    // targets that had the greatest logit

  double nll() const { return tokens > 0 ? nll_sum / static_cast<double>(tokens) : 0; }
  double accuracy() const {
    return tokens > 0 ? static_cast<double>(hits) / static_cast<double>(tokens) : 0;
  }
};

struct Likelihood {
  Score total;
  std::array<Score, events::kKinds> by_kind;  // by the kind of the target
};

// Every token but BOS of the split is a target once. `context` 0: the model's own.
// `max_windows` 0: all. `threads` 0: the engine's; the result is the same for any number.
// `progress` counts targets. Fails where the split is empty, where the model gives no finite
// logits, or interrupted.
Expected<Likelihood> likelihood(const std::shared_ptr<const infer::Engine>& engine,
                                const corpus::Dataset& dataset, corpus::Split split, int context,
                                std::size_t max_windows, int threads,
                                const ProgressFunction& progress);

}  // namespace pno::eval
