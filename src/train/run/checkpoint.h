#pragma once

// RUN/checkpoint/step-000000500.safetensors: everything that --resume needs. Written aside and
// renamed; the last few are kept, so that one that cannot be read does not end the run.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/fields.h"
#include "train/step/learner_state.h"

namespace pno::train {

// Where a run is. Crops and dropout are pure functions of the seed and their number, so no state of
// a random generator is among it.
struct Progress {
  std::int64_t step = 0;    // done
  std::int64_t tokens = 0;  // targets seen
  std::int64_t crops = 0;   // drawn; the number of the next
  int setbacks = 0;         // goings back after a loss that was no number
  double rate_scale = 1;    // of the learning rate, halved by each of them

  std::int64_t validated_step = -1;  // of the last validation
  std::optional<double> validation_nll = {}, best_nll = {};
  std::int64_t validations_since_best = 0;
  std::optional<double> train_nll = {};  // of the last line of metrics.jsonl
  NllMean since_line = {};               // of training, not yet in it

  bool operator==(const Progress&) const = default;
};

struct Checkpoint {
  Progress progress;
  TextFields config;  // model.…, training.…, data.…
  LearnerState learner = {};
};

inline constexpr int kCheckpointsKept = 2;

bool has_checkpoint(const std::filesystem::path& folder);

// Then removes all but the last `keep`. On failure the checkpoints that were there still are.
Expected<void> write_checkpoint(const std::filesystem::path& folder, const Checkpoint& checkpoint,
                                int keep = kCheckpointsKept);

struct Restored {
  Checkpoint checkpoint;
  std::string note;  // a sentence where the newest could not be read, else empty
};

// The newest that can be read; an Error where none can. Newer ones that cannot be read are renamed
// to ….unreadable, so that they count as none of those that are kept.
Expected<Restored> read_checkpoint(const std::filesystem::path& folder);

}  // namespace pno::train
