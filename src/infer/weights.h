#pragma once

// A model's parameters as the engine reads them: float32 rows, straight from the mapped file where
// it holds float32, converted once where it holds bfloat16.
//
// V vocabulary, C width, A attention_width, F ff_width, H heads, D head width, R max_distance

#include <memory>
#include <string_view>
#include <vector>

#include "model/model_file.h"

namespace pno::infer {

// y = weight · x + bias
struct Linear {
  const float* weight = nullptr;  // [rows, columns]
  const float* bias = nullptr;    // [rows], or null
  int rows = 0, columns = 0;
};

struct Norm {
  const float* weight = nullptr;  // [C]
  const float* bias = nullptr;    // [C]
};

struct LayerWeights {
  Norm attention_norm, ff_norm;
  Linear qkv;                              // [3A, C]
  Linear attention_out;                    // [C, A]
  Linear ff_in;                            // [F, C]
  Linear ff_out;                           // [C, F]
  const float* relative_keys = nullptr;    // [H, R, D], or null
  const float* relative_values = nullptr;  // [H, R, D], or null
};

class Weights {
 public:
  // Reads from `file`, which must outlive this; or from a copy of all values.
  enum class Storage { file, copy };
  Weights(const model::ModelFile& file, Storage storage);
  Weights(const Weights&) = delete;
  Weights& operator=(const Weights&) = delete;

  const float* embedding = nullptr;  // [V, C]
  std::vector<LayerWeights> layers;
  Norm final_norm;
  Linear output;  // [V, C]

 private:
  std::vector<std::vector<float>> owned_;
};

}  // namespace pno::infer
