#pragma once

// RUN/checkpoint/step-000000500.safetensors: everything that --resume needs. Written aside and
// renamed. The last few are kept, so that an unreadable one does not end the run.

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/fields.h"
#include "train/run/progress.h"
#include "train/step/learner_state.h"

namespace pno::train {

struct Checkpoint {
  Progress progress;
  TextFields config;  // model.…, training.…, data.…
  LearnerState learner = {};
};

inline constexpr int kCheckpointsKept = 2;

bool has_checkpoint(const std::filesystem::path& folder);

// Then removes all but the last `keep`. If it fails, the earlier checkpoints are still there.
Expected<void> write_checkpoint(const std::filesystem::path& folder, const Checkpoint& checkpoint,
                                int keep = kCheckpointsKept);

struct Restored {
  Checkpoint checkpoint;
  std::string note;  // a sentence if the newest could not be read, else empty
};

// The config of the newest checkpoint whose header can be read; empty if there is none.
TextFields newest_config(const std::filesystem::path& folder);

// The newest readable checkpoint. Returns an error if none can be read. Newer ones that cannot be
// read are renamed to ….unreadable, so that they do not count among those that are kept.
Expected<Restored> read_checkpoint(const std::filesystem::path& folder);

}  // namespace pno::train
