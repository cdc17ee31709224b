#pragma once

// The overhead of a training run beside its steps: crops, metrics, reports, checkpoints.

#include <filesystem>

#include "base/error.h"
#include "model/config.h"
#include "train/config.h"
#include "train_step/measure.h"

namespace pno::bench {

struct OverheadFigures {
  double tokens = 0;        // targets of a step
  double bare_s = 0;        // Learner::step on prepared crops
  double run_s = 0;         // of train(), between the reports of two steps
  double share = 0;         // bare_s / run_s of the same turn
  double checkpoint_s = 0;  // to write one
  double crop_wait = 0;     // fraction of a step, from metrics.jsonl
};

// Alternates turns of `options.seconds` of bare steps and of a run, so that changes of the
// machine's speed affect both. Each figure is the median over the turns of the mean within a turn.
// The run writes to `folder`, which must be its own.
Expected<OverheadFigures> measure_overhead(const std::filesystem::path& dataset,
                                           const model::ModelConfig& model,
                                           const train::TrainConfig& config,
                                           const std::filesystem::path& folder,
                                           const MeasureOptions& options);

}  // namespace pno::bench
