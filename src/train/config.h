#pragma once

// How a model is trained.

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/fields.h"

namespace pno::train {

enum class Schedule {
  noam,      // learning_rate · min(step / warmup, sqrt(warmup / step)) (Vaswani et al. 2017)
  cosine,    // warm-up, then half a cosine down to a tenth at `steps`
  constant,  // warm-up, then level
};
constexpr auto enum_names(Schedule) {
  return std::array{"noam", "cosine", "constant"};
}

// The numbers of a step's activations and matrix products. Weights, optimiser, sums, norms, softmax
// and loss are float32 in any case, and so is what a checkpoint holds.
enum class Precision {
  automatic,  // bf16 where a GPU's own kernels take it, else f32
  f32,        // and never TF32
  bf16,
};
constexpr auto enum_names(Precision) {
  return std::array{"auto", "f32", "bf16"};
}

// A dataset among those mixed, and how likely a crop is drawn from it.
struct DatasetSource {
  std::filesystem::path path;
  double weight = 1;
};

struct TrainConfig {
  static constexpr std::int64_t kMostSteps = 1'000'000'000;
  static constexpr int kMostBatch = 1 << 16;

  std::int64_t steps = 10000;     // 0: as long as epochs, patience or minutes let it
  double epochs = 0;              // passes over the training split, if fewer steps; 0: no limit
  std::int64_t patience = 0;      // stop after so many validations without a better; 0: never
  int batch = 8;                  // crops a step
  std::int64_t batch_tokens = 0;  // tokens a step, in place of batch: batch_tokens / context crops
  int accumulate = 1;             // a step's batch is computed in this many parts
  double learning_rate = 1e-3;    // its peak
  Schedule schedule = Schedule::cosine;
  std::int64_t warmup_steps = 400;
  double beta1 = 0.9, beta2 = 0.98, epsilon = 1e-9, weight_decay = 0.0;
  double clip_norm = 1.0;  // of all gradients together; 0: no clipping
  double label_smoothing = 0.0;
  double ema_decay = 0.0;        // of the averaged weights, which are validated and saved; 0: none
  std::string freeze = {};       // groups of parameters that keep their values
  std::string layer_rates = {};  // GROUP=FACTOR,…: see train/step/parameter_rates.h
  int max_transpose = 3;         // semitones
  double max_stretch = 0.05;     // share
  Precision precision = Precision::automatic;
  std::uint64_t seed = 1;
  std::int64_t validation_steps = 500;    // a validation every so many steps; 0: only at the end
  std::int64_t validation_windows = 100;  // spread over the split; 0: all
  std::string vocabulary = "performance";

  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    visit("steps", c.steps, "optimiser steps; 0: no limit");
    visit("epochs", c.epochs, "passes over the data, where that ends it sooner; 0: no limit");
    visit("patience", c.patience, "stop after so many validations without a better; 0: never");
    visit("batch", c.batch, "crops in a step");
    visit("batch_tokens", c.batch_tokens, "tokens in a step, in place of a number of crops");
    visit("accumulate", c.accumulate, "parts a step's batch is computed in, to save memory");
    visit("learning_rate", c.learning_rate, "learning rate at its peak");
    visit("schedule", c.schedule, "how the learning rate changes");
    visit("warmup_steps", c.warmup_steps, "steps of rising learning rate");
    visit("beta1", c.beta1, "Adam: decay of the mean of gradients");
    visit("beta2", c.beta2, "Adam: decay of the mean of their squares");
    visit("epsilon", c.epsilon, "Adam: added to the root of the squares");
    visit("weight_decay", c.weight_decay, "AdamW: share of a weight taken off per unit of rate");
    visit("clip_norm", c.clip_norm, "longest gradient, all parameters together; 0: any");
    visit("label_smoothing", c.label_smoothing, "share of probability spread over all events");
    visit("ema_decay", c.ema_decay, "average the weights, save the average; 0: do not (0.999)");
    visit("freeze", c.freeze, "groups that learn nothing: embedding,layers.0-2");
    visit("layer_rates", c.layer_rates, "factors of the learning rate: layers.0-2=0.1,output=2");
    visit("max_transpose", c.max_transpose, "augmentation: semitones up and down");
    visit("max_stretch", c.max_stretch, "augmentation: share of time, slower and faster");
    visit("precision", c.precision, "numbers of activations and matrix products");
    visit("seed", c.seed, "of weights, crops and dropout");
    visit("validation_steps", c.validation_steps, "steps between validations; 0: only at the end");
    visit("validation_windows", c.validation_windows, "windows in a validation; 0: all");
    visit("vocabulary", c.vocabulary, "performance or pno-ai");
  }

  bool operator==(const TrainConfig&) const = default;

  Expected<void> validate() const;
};

}  // namespace pno::train
