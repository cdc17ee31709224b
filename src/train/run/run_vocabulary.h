#pragma once

// The vocabulary of a run: its events and, for a model with roles, the names of its composers.

#include <span>

#include "corpus/dataset.h"
#include "events/stored_vocabulary.h"
#include "train/config.h"

namespace pno::train {

// The vocabulary of a new run: with roles, COMPOSER has a value for "other" and for each composer
// with at least corpus::kLeastPieces pieces for training in the datasets.
Expected<events::StoredVocabulary> vocabulary_of(const TrainConfig& config,
                                                 std::span<const corpus::Dataset> datasets);

}  // namespace pno::train
