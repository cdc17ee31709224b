#pragma once

// A run as text fields: for its checkpoints, and for the model files that it writes.

#include <optional>

#include "base/fields.h"
#include "train/run/progress.h"
#include "train/run/start_model.h"
#include "train/run/training_data.h"
#include "train/train_options.h"

namespace pno::train {

// model.…, training.…, data.…, init.…: what a resumed run must share, and every rank. `train` is
// options.train with the precision that was chosen.
TextFields run_config(const TrainOptions& options, const TrainConfig& train,
                      const TrainingData& data, const std::optional<StartModel>& start);

}  // namespace pno::train
