#pragma once

// One step of training, and one validation: no files, no loop.

#include <optional>
#include <span>
#include <vector>

#include "train/step/batch.h"
#include "train/step/gradient_sum.h"
#include "train/step/layer_rates.h"
#include "train/step/learner_state.h"
#include "train/step/music_transformer.h"
#include "train/step/optimizer.h"
#include "train/step/weight_average.h"

namespace pno::train {

class Learner {
 public:
  // With several ranks, which outlive it, each is given its share of every batch, and all go the
  // same way.
  Learner(const model::ModelConfig& model, const TrainConfig& config, int vocabulary_size,
          torch::Device device, Ranks* ranks = nullptr);

  // Begins from the weights of a file of the same shape, not from random ones.
  void begin_from(const model::ModelFile& file);

  struct Step {
    NllMean nll;               // of the batch before the update, with dropout
    double gradient_norm = 0;  // before clipping
    double learning_rate = 0;
  };
  // Optimiser step `step`, the first being 1, on a batch in parts, at `rate_scale` times the
  // schedule's rate. If nll or gradient_norm, both of all ranks, is not finite, the weights are
  // unchanged.
  Step step(std::span<const Batch> parts, std::int64_t step, double rate_scale = 1);

  // Over all targets of all batches, with the averaged weights where there are some; stops early
  // where interrupted.
  NllMean validate(std::span<const Batch> batches) const;

  const MusicTransformer& model() const { return model_; }
  // The weights to save, flat: the averaged ones where there are some.
  std::vector<float> values() const;
  // What a checkpoint keeps of it.
  LearnerState save() const;
  void restore(const LearnerState& from);
  // All that a checkpoint keeps, flat; what rank 0 sends to the others.
  std::vector<torch::Tensor> state() const;

 private:
  TrainConfig config_;
  double dropout_rate_;
  MusicTransformer model_;
  AdamW optimizer_;
  std::optional<LayerRates> rates_;        // where they are not all one
  std::optional<WeightAverage> averaged_;  // where ema_decay asks for it
  std::optional<GradientSum> shared_;      // where there are several ranks
};

}  // namespace pno::train
