#pragma once

#include "train/config.h"

namespace pno::train {

// The learning rate of optimiser step `step`; the first is 1.
double learning_rate(const TrainConfig& config, std::int64_t step);

}  // namespace pno::train
