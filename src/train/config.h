#pragma once

// The training configuration.

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/fields.h"
#include "events/vocabulary.h"

namespace pno::train {

enum class Schedule {
  noam,      // learning_rate · min(step / warmup, sqrt(warmup / step)) (Vaswani et al. 2017)
  cosine,    // warm-up, then half a cosine down to a tenth of the peak at `steps`
  constant,  // warm-up, then the peak
  wsd,       // warm-up, the peak, then linearly to 0 over the last `cooldown` of the steps
};
constexpr auto enum_names(Schedule) {
  return std::array{"noam", "cosine", "constant", "wsd"};
}

enum class OptimizerKind {
  adamw,
  muon,  // Muon for the matrices of the layers, AdamW for the rest: train/step/muon.h
};
constexpr auto enum_names(OptimizerKind) {
  return std::array{"adamw", "muon"};
}

// Where a training crop may begin (corpus/crops.h).
enum class CropStart {
  notes,   // with a note, as if all were silent before it
  tokens,  // with any event, as validation windows do
};
constexpr auto enum_names(CropStart) {
  return std::array{"notes", "tokens"};
}

// Type of activations and matrix products. Weights, optimiser, sums, norms, softmax, loss and
// checkpoints are always float32.
enum class Precision {
  automatic,  // bf16 if the device computes it faster, else f32
  f32,        // never TF32
  bf16,
};
constexpr auto enum_names(Precision) {
  return std::array{"auto", "f32", "bf16"};
}

// One of the mixed datasets. Crops are drawn from it with a probability proportional to `weight`.
struct DatasetSource {
  std::filesystem::path path;
  double weight = 1;
};

struct TrainConfig {
  static constexpr std::int64_t kMostSteps = 1'000'000'000;
  static constexpr int kMostBatch = 1 << 16;

  std::int64_t steps = 10000;     // 0: until epochs, patience or minutes end the run
  double epochs = 0;              // passes over the training split that end the run; 0: no limit
  std::int64_t patience = 0;      // validations without an improvement that end it; 0: no limit
  int batch = 8;                  // crops per step
  std::int64_t batch_tokens = 0;  // tokens per step: sets batch to batch_tokens / context; 0: not
  int accumulate = 1;             // a step's batch is computed in this many parts
  double learning_rate = 1e-3;    // at its peak
  Schedule schedule = Schedule::cosine;
  std::int64_t warmup_steps = 400;
  double cooldown = 0.45;  // wsd: fraction of the steps in which the rate falls
  OptimizerKind optimizer = OptimizerKind::adamw;
  double muon_rate = 3;         // rate of Muon's matrices, as a multiple of learning_rate
  double muon_momentum = 0.95;  // decay of Muon's running mean of gradients
  double beta1 = 0.9, beta2 = 0.98, epsilon = 1e-9, weight_decay = 0.0;
  double final_decay = 1.0;      // weight decay of the last step, as a multiple; changes linearly
  double clip_norm = 1.0;        // largest norm of all gradients together; 0: no clipping
  double label_smoothing = 0.0;  // over the events that the grammar allows
  double grammar_weight = 1.0;   // of -log p(allowed events) in the loss; 1: plain cross-entropy
  double ema_decay = 0.0;        // of the averaged weights, which are validated and saved; 0: none
  std::string freeze = {};       // groups of parameters that keep their values
  std::string layer_rates = {};  // GROUP=FACTOR,…: see train/step/parameter_rates.h
  int max_transpose = 3;         // semitones
  double max_stretch = 0.05;     // largest relative change of all times
  CropStart crops = CropStart::notes;
  Precision precision = Precision::automatic;
  std::uint64_t seed = 1;
  std::int64_t validation_steps = 500;     // steps between validations; 0: only at the end
  std::int64_t validation_windows = 100;   // windows in a validation, spread over the split; 0: all
  std::string vocabulary = "performance";  // a plus sign at its end: with roles
  // With roles: how often each task is drawn (corpus/examples/examples.h), relative to the sum.
  double task_plain = 0.5, task_infill = 0.25;
  double task_accompany = 0.09, task_realise = 0.08, task_duet = 0.08;
  // Examples of each task in a validation, for its loss alone; 0: none.
  std::int64_t validation_examples = 0;

  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    visit("steps", c.steps, "optimiser steps; 0: no limit");
    visit("epochs", c.epochs, "passes over the data that end the run; 0: no limit");
    visit("patience", c.patience, "validations without improvement that end the run; 0: no limit");
    visit("batch", c.batch, "crops per step");
    visit("batch_tokens", c.batch_tokens, "tokens per step, instead of batch; 0: use batch");
    visit("accumulate", c.accumulate, "parts in which a step's batch is computed, to save memory");
    visit("learning_rate", c.learning_rate, "learning rate at its peak");
    visit("schedule", c.schedule, "how the learning rate changes after warm-up");
    visit("warmup_steps", c.warmup_steps, "steps in which the learning rate rises to its peak");
    visit("cooldown", c.cooldown, "wsd: fraction of the steps in which the rate falls to 0");
    visit("optimizer", c.optimizer, "adamw, or muon for the matrices of the layers");
    visit("muon_rate", c.muon_rate, "Muon: its rate as a multiple of learning_rate");
    visit("muon_momentum", c.muon_momentum, "Muon: decay of the running mean of gradients");
    visit("beta1", c.beta1, "Adam: decay of the running mean of gradients");
    visit("beta2", c.beta2, "Adam: decay of the running mean of squared gradients");
    visit("epsilon", c.epsilon, "Adam: added to the root of the mean of squares");
    visit("weight_decay", c.weight_decay, "decay of matrices per unit of learning rate");
    visit("final_decay", c.final_decay, "weight decay of the last step, as a multiple");
    visit("clip_norm", c.clip_norm, "clip the norm of all gradients to this; 0: no clipping");
    visit("label_smoothing", c.label_smoothing, "probability that is spread over allowed events");
    visit("grammar_weight", c.grammar_weight, "weight of the loss of forbidden events; 1: plain");
    visit("ema_decay", c.ema_decay, "decay of averaged weights, which are saved; 0: no average");
    visit("freeze", c.freeze, "parameters that are not trained: embedding,layers.0-2");
    visit("layer_rates", c.layer_rates, "factors of the learning rate: layers.0-2=0.1,output=2");
    visit("max_transpose", c.max_transpose, "augmentation: most semitones up and down");
    visit("max_stretch", c.max_stretch, "augmentation: largest relative change of tempo");
    visit("crops", c.crops, "where a crop begins: with notes, or with any token of a piece");
    visit("precision", c.precision,
          "type of operands of matrix products; on a GPU of activations, too");
    visit("seed", c.seed, "seed of weights, crops and dropout");
    visit("validation_steps", c.validation_steps, "steps between validations; 0: only at the end");
    visit("validation_windows", c.validation_windows, "windows per validation; 0: all");
    visit("vocabulary", c.vocabulary, "performance or pno-ai; performance+ for a model with roles");
    visit("task_plain", c.task_plain, "roles: weight of examples that continue music");
    visit("task_infill", c.task_infill, "roles: weight of examples that fill a gap");
    visit("task_accompany", c.task_accompany, "roles: weight of accompanying an announced melody");
    visit("task_realise", c.task_realise, "roles: weight of playing an announced melody as well");
    visit("task_duet", c.task_duet, "roles: weight of duets with another player");
    visit("validation_examples", c.validation_examples,
          "roles: examples of each task in a validation, which report its loss; 0: none");
  }

  bool operator==(const TrainConfig&) const = default;

  // Returns a usage error if a value is out of range.
  Expected<void> validate() const;

  bool has_roles() const { return vocabulary.ends_with('+'); }
  // The events of `vocabulary`, without roles. Returns an error if it does not exist.
  Expected<events::Vocabulary> events() const;
};

}  // namespace pno::train
