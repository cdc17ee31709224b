#pragma once

// Negative log-likelihood in nats per token and top-1 accuracy of a model on a dataset, by the
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
  std::int64_t hits = 0;    // targets with the greatest logit (top-1)

  double nll() const { return tokens > 0 ? nll_sum / static_cast<double>(tokens) : 0; }
  double accuracy() const {
    return tokens > 0 ? static_cast<double>(hits) / static_cast<double>(tokens) : 0;
  }
};

struct Likelihood {
  Score total;
  std::array<Score, events::kKinds> by_kind;  // by the kind of the target
};

struct LikelihoodOptions {
  corpus::Split split = corpus::Split::validation;
  int context = 0;              // tokens of a window; 0: the context of the model
  std::size_t max_windows = 0;  // 0: all
  int threads = 0;              // 0: those of the engine; the result is the same for any number
};

// Every token of the split except BOS is a target once. `progress` counts targets. Returns an error
// if the split is empty, if logits are not finite, or after an interrupt.
Expected<Likelihood> likelihood(const std::shared_ptr<const infer::Engine>& engine,
                                const corpus::Dataset& dataset, const LikelihoodOptions& options,
                                const ProgressFunction& progress);

}  // namespace pno::eval
