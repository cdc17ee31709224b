#pragma once

#include "train/config.h"

namespace pno::train {

// Of optimiser step `step`, the first being 1.
double learning_rate(const TrainConfig& config, std::int64_t step);

}  // namespace pno::train
