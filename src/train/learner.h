#pragma once

// One step of training, and one validation: no files, no loop.

#include <span>

#include "train/batch.h"
#include "train/checkpoint.h"
#include "train/music_transformer.h"
#include "train/optimizer.h"

namespace pno::train {

class Learner {
 public:
  Learner(const model::ModelConfig& model, const TrainConfig& config, int vocabulary_size,
          torch::Device device);

  struct Step {
    NllMean nll;               // of the batch before the update, with dropout
    double gradient_norm = 0;  // before clipping
    double learning_rate = 0;
  };
  // Optimiser step `step`, the first being 1, on a batch in parts. Where nll or gradient_norm comes
  // back as no finite number, the weights are as they were.
  Step step(std::span<const Batch> parts, std::int64_t step);

  // Over all targets of all batches; stops early where interrupted.
  NllMean validate(std::span<const Batch> batches) const;

  const MusicTransformer& model() const { return model_; }
  // Copies from and to a checkpoint; the rest of it is the caller's.
  void save(Checkpoint& into) const;
  void restore(const Checkpoint& from);

 private:
  TrainConfig config_;
  double dropout_rate_;
  MusicTransformer model_;
  AdamW optimizer_;
};

}  // namespace pno::train
