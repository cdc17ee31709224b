#include "train/run/run_folder.h"

#include <system_error>

#include "base/file.h"
#include "model/model_file.h"

namespace pno::train {

namespace fs = std::filesystem;

void RunFolder::follow(std::int64_t saved_step) {
  if (writes_) return;
  has_checkpoint_ = saved_step >= 0;
  saved_.step = saved_step;
}

Expected<void> RunFolder::open(const Progress& progress) {
  if (!writes_) return {};
  PNO_TRY_VOID(make_folder(path_));
  if (!lock_) {  // else this is a return to a checkpoint
    PNO_TRY(auto lock, FileLock::take(path_ / "lock"));
    lock_.emplace(std::move(lock));
  }
  remove_leftovers();
  PNO_TRY(auto log, MetricsLog::open(metrics(), progress.step));
  metrics_ = std::make_unique<MetricsLog>(std::move(log));
  PNO_TRY(auto events, EventFile::create(tensorboard(), progress.step));
  events_ = std::make_unique<EventFile>(std::move(events));
  has_checkpoint_ = train::has_checkpoint(checkpoints());
  saved_ = progress;
  return {};
}

// base/file.h writes NAME.tmp-PROCESS and renames it. Other files in the folder are the user's.
void RunFolder::remove_leftovers() const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(path_, ignored)) {
    const auto name = entry.path().filename().string();
    for (const auto& ours : {model(), metrics(), record()}) {
      if (name.starts_with(ours.filename().string() + ".tmp-")) fs::remove(entry.path(), ignored);
    }
  }
}

Expected<void> RunFolder::write_model(const model::ModelConfig& config,
                                      std::span<const Tensor> tensors, TextFields metadata) const {
  if (!writes_) return {};
  return with_hint(model::write_model(model(), config, tensors, std::move(metadata)));
}

Expected<fs::path> RunFolder::write_sample_model(const model::ModelConfig& config,
                                                 std::span<const Tensor> tensors,
                                                 TextFields metadata) const {
  PNO_TRY_VOID(make_folder(samples()));
  auto path = samples() / "weights.safetensors";
  PNO_TRY_VOID(with_hint(model::write_model(path, config, tensors, std::move(metadata))));
  return path;
}

Expected<void> RunFolder::write_record(std::string_view toml) const {
  if (!writes_ || toml.empty()) return {};
  return with_hint(replace_file(record(), toml));
}

Expected<void> RunFolder::write_checkpoint(const Checkpoint& checkpoint) {
  if (!writes_) return {};
  PNO_TRY_VOID(with_hint(train::write_checkpoint(checkpoints(), checkpoint, keep_checkpoints_)));
  has_checkpoint_ = true;
  saved_ = checkpoint.progress;
  return {};
}

Expected<void> RunFolder::add_metrics(std::int64_t step, const MetricsLog::Values& values) {
  if (!writes_) return {};
  std::vector<EventFile::Scalar> scalars;
  for (const auto& [name, value] : values) {
    scalars.emplace_back(name, std::visit([](auto n) { return static_cast<double>(n); }, value));
  }
  PNO_TRY_VOID(with_hint(metrics_->add(step, values)));
  return with_hint(events_->add(step, scalars));
}

std::string RunFolder::recovery_hint() const {
  if (!has_checkpoint_) return "no checkpoint was written before: begin again";
  return fmt::format("the checkpoint of step {} is good: continue from it with --resume",
                     saved_.step);
}

Expected<void> RunFolder::with_hint(Expected<void> written) const {
  if (written) return {};
  return fail("{}; {}", written.error().message, recovery_hint());
}

}  // namespace pno::train
