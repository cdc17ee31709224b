// How a run begins, goes on, goes back, and what it leaves in its folder.

#include <fmt/ranges.h>

#include "base/version.h"
#include "train/attention/attention_cuda_tensors.h"
#include "train/layers/precision.h"
#include "train/run/resume_rules.h"
#include "train/run/run_precision.h"
#include "train/run/training_run.h"

namespace pno::train {
namespace {

constexpr int kMostSetbacks = 4;  // the learning rate is a sixteenth by then

}  // namespace

void TrainingRun::make_learner() {
  learner_.emplace(options_.model, train_, data_.vocabulary.size(), machine_.device, &ranks_);
  if (start_) learner_->begin_from(start_->file);
}

Expected<void> TrainingRun::begin() {
  make_learner();
  std::string note;
  if (options_.resume && ranks_.is_first()) PNO_TRY_VOID(restore(note));
  PNO_TRY_VOID(folder_.open(progress_));
  seconds_before_ = folder_.seconds_before();
  if (has_new_windows_) forget_best(note);
  share_state();
  first_step_ = sampled_step_ = progress_.step;
  const auto slow_attention = fused_cuda::slow_attention_note(
      machine_.device, scalar_type(train_.precision), options_.model.head_width());
  if (!slow_attention.empty()) note += (note.empty() ? "" : "; ") + slow_attention;
  if (!note.empty()) tell({.note = std::move(note)});
  return {};
}

Expected<void> TrainingRun::restore(std::string& note) {
  PNO_TRY(auto restored, read_checkpoint(folder_.checkpoints()));
  note = std::move(restored.note);
  const auto& before = restored.checkpoint.config;
  PNO_TRY_VOID(check_config(before, note));
  for (const auto& [key, value] : before) {
    if (key.starts_with("init.")) config_.try_emplace(key, value);
  }
  learner_->restore(restored.checkpoint.learner);
  progress_ = restored.checkpoint.progress;
  const auto windows = before.find("training.validation_windows");
  has_new_windows_ = progress_.best_nll && windows != before.end() &&
                     windows->second != field_text(options_.train.validation_windows);
  return {};
}

Expected<void> TrainingRun::check_config(const TextFields& before, std::string& note) const {
  const auto changes = config_changes(before, config_);
  if (!changes.impossible.empty()) {
    return fail(
        "{}: cannot be resumed with another model or other events: {}; give the same, or begin "
        "another run",
        options_.run.string(), fmt::join(changes.impossible, "; "));
  }
  if (changes.needing_override.empty()) return {};
  const auto list = fmt::format("{}", fmt::join(changes.needing_override, "; "));
  if (!options_.override_config) {
    return fail(
        "{}: was begun with another configuration: {}; give the same, or go on with the new one "
        "by --override",
        options_.run.string(), list);
  }
  if (!note.empty()) note += "; ";
  note += "overridden: " + list;
  return {};
}

// A loss on other windows compares with none before.
void TrainingRun::forget_best(std::string& note) {
  progress_.best_nll = progress_.validation_nll = std::nullopt;
  progress_.validated_step = -1;
  if (!note.empty()) note += "; ";
  note += "validation_windows has changed: the best so far no longer counts";
}

Expected<void> TrainingRun::go_back(const std::string& what) {
  const auto before = progress_;
  if (before.setbacks == kMostSetbacks) {
    return fail(
        "{}, for the {}th time, though each time the run went back with half the learning rate; {} "
        "with a lower --learning-rate{}",
        what, kMostSetbacks + 1, folder_.what_is_good(),
        folder_.has_checkpoint() ? " and --override" : "");
  }
  crops_.reset();
  std::string note;
  if (!folder_.has_checkpoint()) {
    make_learner();
    progress_ = {};
  } else if (ranks_.is_first()) {
    PNO_TRY(const auto restored, read_checkpoint(folder_.checkpoints()));
    learner_->restore(restored.checkpoint.learner);
    progress_ = restored.checkpoint.progress;
    note = restored.note;
  }
  // The model in the folder may be of a validation after that checkpoint, and is still the best.
  progress_.best_nll = before.best_nll;
  progress_.setbacks = before.setbacks + 1;
  progress_.rate_scale = before.rate_scale / 2;
  PNO_TRY_VOID(folder_.open(progress_));
  share_state();
  PNO_TRY_VOID(folder_.add_metrics(progress_.step, {{"setbacks", std::int64_t{progress_.setbacks}},
                                                    {"rate_scale", progress_.rate_scale}}));
  if (!note.empty()) note += "; ";
  note += fmt::format("{}: back to step {} with {} of the learning rate", what, progress_.step,
                      progress_.rate_scale);
  tell({.note = std::move(note)});
  return {};
}

TextFields TrainingRun::model_metadata() const {
  auto metadata = data_.metadata;
  put_fields(data_.vocabulary, "vocabulary.", metadata);
  put_fields(options_.train, "training.", metadata);
  metadata["training.precision"] = enum_name(train_.precision);
  metadata["training.step"] = field_text(progress_.step);
  metadata["training.tokens"] = field_text(progress_.tokens);
  if (progress_.train_nll) {
    metadata["training.train_nll"] = fmt::format("{:.4f}", *progress_.train_nll);
  }
  if (progress_.best_nll) {
    metadata["training.validation_nll"] = fmt::format("{:.4f}", *progress_.best_nll);
  }
  metadata["training.preset"] = options_.preset;
  metadata.merge(describe(machine_));
  metadata["pno.version"] = kPnoVersion;
  for (const auto& [key, value] : config_) {
    if (key.starts_with("init.")) metadata[key] = value;
  }
  // What was learned before was learned under its licence.
  auto& licence = metadata["data.licence"];
  const auto before = config_.find("init.licence");
  if (before != config_.end() && licence.find(before->second) == std::string::npos) {
    licence = before->second + (licence.empty() ? "" : "; ") + licence;
  }
  return metadata;
}

Expected<void> TrainingRun::save_model() const {
  const auto values = learner_->values();
  return folder_.write_model(options_.model, learner_->model().file_tensors(values),
                             model_metadata());
}

Expected<void> TrainingRun::offer_sample(bool is_end) {
  if (!listeners_.on_sample || !ranks_.is_first() || sampled_step_ == progress_.step) return {};
  const bool is_time =
      options_.sample_minutes > 0 && since_sample_.seconds() >= options_.sample_minutes * 60;
  if (!is_end && !is_time) return {};
  const auto values = learner_->values();
  PNO_TRY(const auto path,
          folder_.write_sample_model(options_.model, learner_->model().file_tensors(values),
                                     model_metadata()));
  listeners_.on_sample(progress_.step, path);
  sampled_step_ = progress_.step;
  since_sample_ = {};
  return {};
}

Expected<void> TrainingRun::checkpoint() {
  if (!ranks_.is_first()) return {};
  // Without a validation to choose by, the last model is the best there is.
  if (!progress_.best_nll) PNO_TRY_VOID(save_model());
  Checkpoint checkpoint;
  checkpoint.progress = progress_;
  checkpoint.config = config_;
  checkpoint.learner = learner_->save();
  PNO_TRY_VOID(folder_.write_checkpoint(checkpoint));
  since_checkpoint_ = {};
  tell({.note = "checkpoint written"});
  return {};
}

}  // namespace pno::train
