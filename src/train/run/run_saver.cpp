#include "train/run/run_saver.h"

#include "train/run/run_description.h"

namespace pno::train {

Expected<void> RunSaver::save_model(const Learner& learner, const Progress& progress) const {
  const auto values = learner.values();
  return folder_.write_model(setup_.options.model, learner.model().file_tensors(values),
                             model_metadata(setup_, progress));
}

bool RunSaver::checkpoint_is_due(std::int64_t step) const {
  const auto& options = setup_.options;
  if (options.checkpoint_steps > 0) return step % options.checkpoint_steps == 0;
  return since_checkpoint_.seconds() >= options.checkpoint_minutes * 60;
}

Expected<void> RunSaver::write_checkpoint(const Learner& learner, const Progress& progress) {
  // Without a validation to choose by, the last model is the best.
  if (!progress.best_nll) PNO_TRY_VOID(save_model(learner, progress));
  PNO_TRY_VOID(folder_.write_checkpoint(
      {.progress = progress, .config = setup_.config, .learner = learner.save()}));
  since_checkpoint_ = {};
  return {};
}

Expected<void> RunSaver::offer_sample(const Learner& learner, const Progress& progress,
                                      bool is_end) {
  if (!on_sample_ || sampled_step_ == progress.step) return {};
  const auto minutes = setup_.options.sample_minutes;
  const bool is_due = minutes > 0 && since_sample_.seconds() >= minutes * 60;
  if (!is_end && !is_due) return {};
  const auto values = learner.values();
  PNO_TRY(const auto path,
          folder_.write_sample_model(setup_.options.model, learner.model().file_tensors(values),
                                     model_metadata(setup_, progress)));
  on_sample_(progress.step, path);
  sampled_step_ = progress.step;
  since_sample_ = {};
  return {};
}

}  // namespace pno::train
