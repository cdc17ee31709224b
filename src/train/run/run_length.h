#pragma once

// The length of a run, and what ends it.

#include <cstdint>

#include "base/error.h"
#include "train/config.h"
#include "train/train_options.h"

namespace pno::train {

struct RunLength {
  std::int64_t steps = 0;  // 0: no limit
  Ending ending = Ending::steps;
};

// The smaller of `steps` and the steps of `epochs`. An epoch is as many steps as the training split
// has tokens to fill: `epoch_tokens` over batch · context, the tokens of a step, rounded up.
RunLength run_length(const TrainConfig& config, std::int64_t epoch_tokens, int context);

// If batch_tokens is set, `batch` becomes the number of crops that fit in that many tokens.
Expected<TrainConfig> with_rows(TrainConfig config, int context);

}  // namespace pno::train
