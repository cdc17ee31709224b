#pragma once

// All that a run needs for its first step, and its listeners.

#include <functional>
#include <optional>

#include "base/fields.h"
#include "train/run/machine.h"
#include "train/run/start_model.h"
#include "train/run/training_data.h"
#include "train/train_options.h"

namespace pno::train {

struct RunSetup {
  const TrainOptions& options;
  // options.train with the number of crops of a step, and with a precision other than `automatic`.
  TrainConfig train;
  std::optional<StartModel> start;
  Machine machine;
  TrainingData data;
  TextFields config = {};  // run_config() of the rest
};

struct RunListeners {
  const std::function<void(const StepReport&)>& report;
  const SampleListener& on_sample;
};

}  // namespace pno::train
