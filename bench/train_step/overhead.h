#pragma once

// What a run costs beside its steps: crops, metrics, reports, checkpoints.

#include <filesystem>

#include "base/error.h"
#include "model/config.h"
#include "train/config.h"
#include "train_step/measure.h"

namespace pno::bench {

struct OverheadFigures {
  double tokens = 0;        // targets of a step
  double bare_s = 0;        // Learner::step on crops that are there already
  double run_s = 0;         // of train(), from one report of a step to the next
  double share = 0;         // bare_s / run_s, both of one turn
  double checkpoint_s = 0;  // to write one
  double crop_wait = 0;     // share of a step, as metrics.jsonl has it
};

// Bare steps and a run take turns of `options.seconds`, so that a machine whose speed changes is
// slow for both; each figure is the median of the turns, and a mean within one. The run writes into
// `folder`, which is its own.
Expected<OverheadFigures> measure_overhead(const std::filesystem::path& dataset,
                                           const model::ModelConfig& model,
                                           const train::TrainConfig& config,
                                           const std::filesystem::path& folder,
                                           const MeasureOptions& options);

}  // namespace pno::bench
