#pragma once

// The members of Engine, for engine.cpp and session.cpp only.

#include <memory>
#include <optional>

#include "events/stored_vocabulary.h"
#include "infer/kernels/precision.h"
#include "infer/weights.h"
#include "model/model_file.h"

namespace pno::infer {

struct EngineParts {
  model::ModelConfig config;
  events::StoredVocabulary vocabulary;
  TextFields metadata;
  int threads = 1;
  Precision precision = Precision::f32;  // not automatic
  std::optional<model::ModelFile> file;  // kept if the weights are read from it
  std::optional<Weights> weights;
};

}  // namespace pno::infer
