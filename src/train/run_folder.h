#pragma once

// The folder of a run, and what is written into it. Every Error ends in what is still good and how
// to go on from it.

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/safetensors.h"
#include "model/config.h"
#include "train/checkpoint.h"
#include "train/metrics.h"

namespace pno::train {

class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path checkpoints() const { return path_ / "checkpoint"; }
  std::filesystem::path model() const { return path_ / "model.safetensors"; }
  std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }

  // Makes the folder, removes what killed writes left in it, and goes on with the metrics after
  // `progress` (that of the checkpoint a run goes on from, else that of a run not begun).
  Expected<void> open(const Progress& progress);

  Expected<void> write_model(const model::ModelConfig& config, std::span<const Tensor> tensors,
                             TextFields metadata) const;
  Expected<void> write_checkpoint(const Checkpoint& checkpoint);
  Expected<void> add_metrics(std::int64_t step,
                             const std::vector<std::pair<std::string_view, MetricsLog::Number>>&);

  // Whether the checkpoint in the folder is of just this progress.
  bool is_saved(const Progress& progress) const { return has_checkpoint_ && progress == saved_; }
  // "the checkpoint of step 500 is good: go on from it with --resume".
  std::string what_is_good() const;

 private:
  Expected<void> or_what_is_good(Expected<void> written) const;
  void remove_leftovers() const;

  std::filesystem::path path_;
  std::unique_ptr<MetricsLog> metrics_;
  bool has_checkpoint_ = false;
  Progress saved_;  // in the last checkpoint
};

}  // namespace pno::train
