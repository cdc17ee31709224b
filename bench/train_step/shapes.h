#pragma once

// The models and batches that a training step is measured on.

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/config.h"

namespace pno::bench {

struct Shape {
  std::string name;
  model::ModelConfig model;  // its context is the length of a sequence
  int vocabulary_size = 0;   // with BOS and EOS
  std::int64_t batch = 1;    // sequences
  bool once = false;  // a step is so long that the first one counts, and a materialising one cannot
                      // be waited for

  std::int64_t length() const { return model.context; }
  std::int64_t tokens() const { return batch * length(); }
};

// A preset with its vocabulary, at a batch of so many sequences; 0: the preset's own batch.
Expected<Shape> shape_of_preset(const std::string& preset, std::int64_t batch);

// Those that README quotes.
Expected<std::vector<Shape>> named_shapes();

}  // namespace pno::bench
