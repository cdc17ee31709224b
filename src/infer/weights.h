#pragma once

// A model's parameters as the engine reads them. In float32: rows straight from the mapped file
// where it holds float32, converted once where it holds bfloat16. In bf16 and int8 the matrices and
// relative tables are packed into panels when the model is opened, from what the file holds;
// embedding, norms and biases, of which a token reads little, stay float32.
//
// V vocabulary, C width, A attention_width, F ff_width, H heads, D head width, R max_distance

#include <memory>
#include <string_view>
#include <vector>

#include "infer/kernels/aligned_array.h"
#include "infer/kernels/panels.h"
#include "infer/kernels/precision.h"
#include "model/model_file.h"

namespace pno::infer {

// y = weight · x + bias
struct Linear {
  const float* weight = nullptr;  // [rows, columns]; in float32
  Panels panels;                  // of rows; in bf16 and int8
  const float* bias = nullptr;    // [rows], or null
  int rows = 0, columns = 0;
};

struct Norm {
  const float* weight = nullptr;  // [C]
  const float* bias = nullptr;    // [C]
};

// A head's relative table, or its keys or values in the cache.
struct HeadRows {
  const float* rows = nullptr;  // [R, D]; in float32
  // In bf16 and int8: of the rows where they are dotted with queries; of the D channels, each as
  // long as there are rows, where they are mixed. The scales are the rows' in both.
  Panels panels;
  bool are_int8() const { return rows == nullptr && panels.precision == Precision::int8; }
};

struct LayerWeights {
  Norm attention_norm, ff_norm;
  Linear qkv;                             // [3A, C]
  Linear attention_out;                   // [C, A]
  Linear ff_in;                           // [F, C]
  Linear ff_out;                          // [C, F]
  std::vector<HeadRows> relative_keys;    // [H], or empty
  std::vector<HeadRows> relative_values;  // [H], or empty
};

class Weights {
 public:
  // Float32 is read from `file`, which must outlive this; or from a copy of all values.
  enum class Storage { file, copy };
  // `in` is not automatic. Packs with `threads` threads.
  Weights(const model::ModelFile& file, Storage storage, Precision in, int threads);
  Weights(const Weights&) = delete;
  Weights& operator=(const Weights&) = delete;

  // Whether every value was; looked at where the file has not been checked.
  bool are_finite() const { return are_finite_; }

  Precision precision;
  const float* embedding = nullptr;  // [V, C]
  std::vector<LayerWeights> layers;
  Norm final_norm;
  Linear output;  // [V, C]

 private:
  class Reader;
  class Packer;
  bool are_finite_ = true;
  std::vector<std::vector<float>> owned_;
  AlignedArray<std::byte> panels_;  // all of them, in the order in which a token reads them
  FloatArray scales_;
};

}  // namespace pno::infer
