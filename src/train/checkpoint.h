#pragma once

// RUN/checkpoint/step-000000500.safetensors: everything that --resume needs. Written aside and
// renamed; the last two are kept, so that one that cannot be read does not end the run.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/fields.h"

namespace pno::train {

// A mean over the targets of several steps.
struct NllMean {
  double sum = 0;  // nats
  std::int64_t targets = 0;

  void add(double nll_sum, std::int64_t more) {
    sum += nll_sum;
    targets += more;
  }
  bool operator==(const NllMean&) const = default;
  double value() const { return targets > 0 ? sum / static_cast<double>(targets) : 0; }
};

// Where a run is. Crops and dropout are pure functions of the seed and the step, so no state of a
// random generator is among it.
struct Progress {
  std::int64_t step = 0;             // done
  std::int64_t tokens = 0;           // targets seen
  std::int64_t validated_step = -1;  // of the last validation
  std::optional<double> validation_nll, best_nll;
  NllMean since_line, since_validation;  // of training, not yet in metrics.jsonl or reported

  bool operator==(const Progress&) const = default;
};

struct Checkpoint {
  Progress progress;
  TextFields config;                            // model.…, training.…, data.…
  std::vector<float> parameters, mean, square;  // flat, of one length: weights and AdamW's moments
};

bool has_checkpoint(const std::filesystem::path& folder);

// On failure the checkpoints that were there are still there.
Expected<void> write_checkpoint(const std::filesystem::path& folder, const Checkpoint& checkpoint);

struct Restored {
  Checkpoint checkpoint;
  std::string note;  // a sentence where the newest could not be read, else empty
};

// The newest that can be read; an Error where none can. Newer ones that cannot be read are renamed
// to ….unreadable, so that they count as none of the two that are kept.
Expected<Restored> read_checkpoint(const std::filesystem::path& folder);

// "model.layers was 4, is 6" for each field that a resumed run may not change. It may change how
// long it is (training.steps), how often and on how much it is measured (training.validation_…),
// and what its datasets are called: their music is compared by data.hash.
std::vector<std::string> differences(const TextFields& before, const TextFields& now);

}  // namespace pno::train
