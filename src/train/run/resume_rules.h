#pragma once

// What a run that goes on may change against the checkpoint it goes on from.

#include <string>
#include <vector>

#include "base/fields.h"

namespace pno::train {

// "training.learning_rate was 0.001, is 0.01", by how much it asks for.
struct ConfigChanges {
  // With --override: how it learns and on what. Only its shape and its events stay.
  std::vector<std::string> needing_override;
  std::vector<std::string> impossible;
};

// Not listed is what may always change: how long the run is (steps, epochs, patience), how often
// and on how much it is measured (validation_…), and what its datasets are called: their music is
// compared by data.hash. A run need not name again the model that it began from (init.…).
ConfigChanges config_changes(const TextFields& of_checkpoint, const TextFields& now);

}  // namespace pno::train
