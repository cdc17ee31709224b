#pragma once

// The folder of a run, and what is written into it. Every Error ends in what is still good and how
// to go on from it.

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_lock.h"
#include "base/safetensors.h"
#include "model/config.h"
#include "train/run/checkpoint.h"
#include "train/run/metrics.h"
#include "train/run/tensorboard.h"

namespace pno::train {

class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path path, int keep_checkpoints = kCheckpointsKept)
      : path_(std::move(path)), keep_checkpoints_(keep_checkpoints) {}

  // From now on nothing is written or looked at here: another rank does that.
  void leave_to_another() { is_anothers_ = true; }
  // That one's checkpoint is of this step; -1: there is none.
  void follow(std::int64_t saved_step);
  std::int64_t saved_step() const { return has_checkpoint_ ? saved_.step : -1; }

  std::filesystem::path checkpoints() const { return path_ / "checkpoint"; }
  std::filesystem::path model() const { return path_ / "model.safetensors"; }
  std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path tensorboard() const { return path_ / "tb"; }
  std::filesystem::path samples() const { return path_ / "samples"; }

  // Makes the folder, which one process at a time may hold (RUN/lock), removes what killed writes
  // left in it, and goes on with both logs after `progress` (that of the checkpoint a run goes on
  // from, else that of a run not begun). Again, to go back to it.
  Expected<void> open(const Progress& progress);

  Expected<void> write_model(const model::ModelConfig& config, std::span<const pno::Tensor> tensors,
                             TextFields metadata) const;
  // The same as samples/weights.safetensors, for a listener to take.
  Expected<std::filesystem::path> write_sample_model(const model::ModelConfig& config,
                                                     std::span<const pno::Tensor> tensors,
                                                     TextFields metadata) const;
  Expected<void> write_checkpoint(const Checkpoint& checkpoint);
  // To both logs.
  Expected<void> add_metrics(std::int64_t step,
                             const std::vector<std::pair<std::string_view, MetricsLog::Number>>&);

  // That the run took up to the checkpoint, by the last line of its metrics.
  double seconds_before() const { return metrics_ ? metrics_->seconds_before() : 0; }

  bool has_checkpoint() const { return has_checkpoint_; }
  // Whether the checkpoint in the folder is of just this progress.
  bool is_saved(const Progress& progress) const { return has_checkpoint_ && progress == saved_; }
  // "the checkpoint of step 500 is good: go on from it with --resume".
  std::string what_is_good() const;

 private:
  Expected<void> or_what_is_good(Expected<void> written) const;
  void remove_leftovers() const;

  std::filesystem::path path_;
  int keep_checkpoints_;
  bool is_anothers_ = false;
  std::optional<FileLock> lock_;
  std::unique_ptr<MetricsLog> metrics_;
  std::unique_ptr<EventFile> events_;
  bool has_checkpoint_ = false;
  Progress saved_;  // in the last checkpoint
};

}  // namespace pno::train
