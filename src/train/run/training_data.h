#pragma once

// The data of a run: its datasets, the crops for training and the windows for validation.

#include <vector>

#include "base/fields.h"
#include "corpus/crops.h"
#include "corpus/dataset.h"
#include "train/config.h"
#include "train/step/batch.h"
#include "train/step/crop_queue.h"

namespace pno::train {

struct TrainingData {
  std::vector<corpus::Dataset> datasets;
  events::Vocabulary vocabulary;
  corpus::CropSampler crops;      // of context + 1 tokens
  std::vector<Batch> validation;  // this rank's share of the windows
  bool has_validation = false;    // a dataset has a validation split
  std::int64_t epoch_tokens = 0;  // of the training split, in this vocabulary
  // data.pieces, data.notes, data.hours, data.licence, data.sources, data.hash
  TextFields metadata;
};

Expected<TrainingData> open_training_data(const std::vector<DatasetSource>& sources,
                                          const TrainConfig& config, int context,
                                          const RankShare& share = {});

}  // namespace pno::train
