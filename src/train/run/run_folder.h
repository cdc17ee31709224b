#pragma once

// The folder of a run. Every error of a write ends with the checkpoint that is good, and how to
// continue from it.

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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

  // From now on nothing is written or read here, because another rank does that.
  void write_nothing() { writes_ = false; }
  // The step of that rank's last checkpoint, -1 if there is none. Ignored by the rank that writes.
  void follow(std::int64_t saved_step);
  std::int64_t saved_step() const { return has_checkpoint_ ? saved_.step : -1; }

  std::filesystem::path checkpoints() const { return path_ / "checkpoint"; }
  std::filesystem::path model() const { return path_ / "model.safetensors"; }
  std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path tensorboard() const { return path_ / "tb"; }
  std::filesystem::path samples() const { return path_ / "samples"; }
  std::filesystem::path record() const { return path_ / "config.toml"; }

  // Makes the folder, locks it for this process (RUN/lock), removes temporary files of killed
  // processes, and continues both logs after `progress`: that of the checkpoint the run continues
  // from, or Progress(). May be called again, to return to a checkpoint.
  Expected<void> open(const Progress& progress);

  Expected<void> write_model(const model::ModelConfig& config, std::span<const pno::Tensor> tensors,
                             TextFields metadata) const;
  // The same as samples/weights.safetensors, for a listener.
  Expected<std::filesystem::path> write_sample_model(const model::ModelConfig& config,
                                                     std::span<const pno::Tensor> tensors,
                                                     TextFields metadata) const;
  // Call it after open().
  Expected<void> write_record(std::string_view toml) const;
  Expected<void> write_checkpoint(const Checkpoint& checkpoint);
  // To both logs.
  Expected<void> add_metrics(std::int64_t step, const MetricsLog::Values& values);

  // Seconds of the run up to the checkpoint, from the last line of its metrics.
  double seconds_before() const { return metrics_ ? metrics_->seconds_before() : 0; }

  bool has_checkpoint() const { return has_checkpoint_; }
  // True if the last checkpoint is of exactly this progress.
  bool is_saved(const Progress& progress) const { return has_checkpoint_ && progress == saved_; }
  // "the checkpoint of step 500 is good: continue from it with --resume"
  std::string recovery_hint() const;

 private:
  Expected<void> with_hint(Expected<void> written) const;
  void remove_leftovers() const;

  std::filesystem::path path_;
  int keep_checkpoints_;
  bool writes_ = true;
  std::optional<FileLock> lock_;
  std::unique_ptr<MetricsLog> metrics_;
  std::unique_ptr<EventFile> events_;
  bool has_checkpoint_ = false;
  Progress saved_;  // in the last checkpoint
};

}  // namespace pno::train
