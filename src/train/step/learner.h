#pragma once

// One training step, and one validation. Does no file I/O.

#include <optional>
#include <span>
#include <vector>

#include "train/step/batch.h"
#include "train/step/gradient_sum.h"
#include "train/step/layer_rates.h"
#include "train/step/learner_state.h"
#include "train/step/music_transformer.h"
#include "train/step/optimizer.h"
#include "train/step/step_losses.h"
#include "train/step/weight_average.h"

namespace pno::train {

class Learner {
 public:
  // Initialises the weights from config.seed. With several ranks, each learner computes its part of
  // every batch, and all have the same weights after each step. `ranks` outlives it; null: one
  // rank.
  Learner(const model::ModelConfig& model, const TrainConfig& config,
          const model::VocabularySize& vocabulary, torch::Device device, Ranks* ranks = nullptr);

  // Replaces the initial weights by those of a model file of the same shape; see
  // MusicTransformer::load().
  void begin_from(const model::ModelFile& file);

  struct Step {
    StepLosses losses;         // of all ranks, before the update, with dropout
    double gradient_norm = 0;  // of all ranks, before clipping
    double learning_rate = 0;
  };
  // Runs optimiser step `step` (the first is 1) on a batch in parts, at rate_scale times the
  // schedule's learning rate. If the NLL or gradient_norm is not finite, the weights are unchanged.
  Step step(std::span<const Batch> parts, std::int64_t step, double rate_scale = 1);

  // Of all targets of all batches, with the averaged weights if ema_decay is set. Stops early if
  // the process is interrupted.
  StepLosses validate(std::span<const Batch> batches) const;

  const MusicTransformer& model() const { return model_; }
  // The weights of the model file, flat: the averaged ones if ema_decay is set.
  std::vector<float> values() const;
  // The state that a checkpoint stores.
  LearnerState save() const;
  void restore(const LearnerState& from);
  // The same state as flat tensors, which rank 0 broadcasts to the others.
  std::vector<torch::Tensor> state() const;

 private:
  TrainConfig config_;
  double dropout_rate_;
  MusicTransformer model_;
  Optimizer optimizer_;
  std::optional<LayerRates> rates_;        // if `freeze` or `layer_rates` is set
  std::optional<WeightAverage> averaged_;  // if `ema_decay` is set
  std::optional<GradientSum> shared_;      // if there are several ranks
};

}  // namespace pno::train
