#pragma once

// A run as text fields, for its checkpoints and for the model files that it writes.

#include "base/fields.h"
#include "train/run/progress.h"
#include "train/run/run_setup.h"

namespace pno::train {

// model.…, training.…, data.…, init.…: what a resumed run and all ranks must share.
TextFields run_config(const RunSetup& setup);

// The metadata of the model after `progress`.
TextFields model_metadata(const RunSetup& setup, const Progress& progress);

}  // namespace pno::train
