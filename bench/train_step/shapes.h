#pragma once

// The models and batches of the benchmark of a training step.

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/config.h"

namespace pno::bench {

struct Shape {
  std::string name;
  model::ModelConfig model;  // a sequence has the length of its context
  int vocabulary_size = 0;   // with BOS and EOS
  std::int64_t batch = 1;    // sequences
  bool once = false;  // steps are so long that only the first is timed, and the materialising
                      // baseline is skipped

  std::int64_t length() const { return model.context; }
  std::int64_t tokens() const { return batch * length(); }
};

// A preset with its vocabulary and a batch of `batch` sequences; 0: the batch of the preset.
Expected<Shape> shape_of_preset(const std::string& preset, std::int64_t batch);

// The shapes that README quotes.
Expected<std::vector<Shape>> named_shapes();

}  // namespace pno::bench
