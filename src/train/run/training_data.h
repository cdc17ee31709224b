#pragma once

// The data of a run: its datasets, the crops for training and the windows for validation.

#include <optional>
#include <variant>
#include <vector>

#include "base/fields.h"
#include "corpus/crops.h"
#include "corpus/dataset.h"
#include "corpus/examples/examples.h"
#include "events/stored_vocabulary.h"
#include "train/config.h"
#include "train/step/batch.h"
#include "train/step/crop_queue.h"

namespace pno::train {

struct TrainingData {
  std::vector<corpus::Dataset> datasets;
  events::StoredVocabulary vocabulary;
  // Of context + 1 tokens; the second for a model with roles.
  std::variant<corpus::CropSampler, corpus::ExampleSampler> crops;
  std::vector<Batch> validation;       // this rank's share of the windows
  std::vector<Batch> task_validation;  // the same of validation_examples of each task
  bool has_validation = false;         // a dataset has a validation split
  std::int64_t epoch_tokens = 0;       // of the training split, in this vocabulary
  // data.pieces, data.notes, data.hours, data.licence, data.sources, data.hash
  TextFields metadata;
};

struct DataOptions {
  int context = 0;
  RankShare share = {};
  // The vocabulary of a model that the run continues or begins from; otherwise that of a new run.
  std::optional<events::StoredVocabulary> vocabulary = {};
};

Expected<TrainingData> open_training_data(const std::vector<DatasetSource>& sources,
                                          const TrainConfig& config, const DataOptions& options);

}  // namespace pno::train
