#pragma once

// The rules for changes of the configuration when a run continues from a checkpoint.

#include <string>
#include <vector>

#include "base/fields.h"

namespace pno::train {

// Changes as "training.learning_rate was 0.001, is 0.01".
struct ConfigChanges {
  std::vector<std::string> needing_override;  // allowed with --override: training and data
  std::vector<std::string> impossible;        // the model's shape and its events
};

// Changes that are always allowed are not listed: the length of the run (steps, epochs, patience),
// how often and on how much it is validated (validation_…), and the names of its datasets, whose
// music is compared by data.hash. The model that the run began from (init.…) may be left out.
ConfigChanges config_changes(const TextFields& of_checkpoint, const TextFields& now);

}  // namespace pno::train
