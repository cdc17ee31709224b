#pragma once

// The model that a run begins from instead of random weights: fine-tuning.

#include <filesystem>
#include <string>

#include "base/fields.h"
#include "events/stored_vocabulary.h"
#include "model/model_file.h"

namespace pno::train {

struct StartModel {
  model::ModelFile file;
  events::StoredVocabulary vocabulary;
  TextFields metadata;  // init.model (its file's name), init.hash (of its weights), init.licence
};

// Returns an error with the differences if the model's shape is not that of `config`, if its events
// are not those of `vocabulary`, or if it has roles and `vocabulary` has not. `context` and
// `dropout` do not belong to the shape.
Expected<StartModel> open_start_model(const std::filesystem::path& path,
                                      const model::ModelConfig& config,
                                      const events::Vocabulary& vocabulary);

}  // namespace pno::train
