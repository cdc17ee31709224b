#pragma once

#include "train/config.h"

namespace pno::train {

// The learning rate of optimiser step `step`; the first is 1. config.steps is the number of steps
// of the run.
double learning_rate(const TrainConfig& config, std::int64_t step);

// The weight decay of that step, per unit of learning rate: from weight_decay before the first step
// linearly to weight_decay · final_decay at the last.
double weight_decay(const TrainConfig& config, std::int64_t step);

}  // namespace pno::train
