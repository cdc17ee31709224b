#pragma once

// How a run continues from the checkpoint in its folder.

#include <filesystem>

#include "train/run/checkpoint.h"
#include "train/train_options.h"

namespace pno::train {

// The newest readable checkpoint of `folder`, with notes on what has changed since. Returns an
// error if `config` differs in a way that the options do not allow. The model that the run began
// from is copied into `config`.
Expected<Restored> resume(const std::filesystem::path& folder, const TrainOptions& options,
                          TextFields& config);

}  // namespace pno::train
