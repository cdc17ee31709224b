#pragma once

// The parameters of a model as the engine reads them. In float32, rows are read from the mapped
// file if it holds float32, and converted once if it holds bfloat16 or int8. In bf16 and int8,
// matrices and relative tables are packed into panels when the model is opened, int8 rows of the
// file with the scales of the file; the embeddings, norms and biases, of which a token reads
// little, stay float32.
//
// I inputs, O outputs, C width, A attention_width, F ff_width, H heads, D head width, R
// max_distance

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
  const float* weight = nullptr;  // [rows, columns], in float32
  Panels panels;                  // [rows, columns], in bf16 and int8
  const float* bias = nullptr;    // [rows], or null
  int rows = 0, columns = 0;

  // Rows first … first + count - 1; in bf16 and int8, `first` is a multiple of kPanelRows.
  Linear row_range(std::size_t first, std::size_t count) const {
    return {weight == nullptr ? nullptr : weight + first * static_cast<std::size_t>(columns),
            weight == nullptr ? panels.from_row(first) : Panels(),
            bias == nullptr ? nullptr : bias + first, static_cast<int>(count), columns};
  }
};

struct Norm {
  const float* weight = nullptr;  // [C]
  const float* bias = nullptr;    // [C]
};

// Rows first … first + size - 1 of a HeadRows.
struct RowRange {
  std::size_t first = 0, size = 0;
};

// The rows of one head: a relative table [R, D], or its keys or values in the cache [S, D].
struct HeadRows {
  const float* rows = nullptr;  // in float32
  // In bf16 and int8: keys as they are, values transposed (a row of the panels is a channel). The
  // int8 scales belong to keys and values, [R] or [S], in both.
  Panels panels = {};
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

// Immutable once made, so any thread may read it.
class Weights {
 public:
  // Float32 parameters are read in `file`, which must outlive this, or copied from it.
  enum class Storage { file, copy };
  // `in` is not automatic. Packs with `threads` threads. Throws std::bad_alloc.
  Weights(const model::ModelFile& file, Storage storage, Precision in, int threads);
  Weights(const Weights&) = delete;
  Weights& operator=(const Weights&) = delete;

  // True if all values are finite; checked only if ModelFile did not.
  bool are_finite() const { return are_finite_; }

  Precision precision;
  const float* embedding = nullptr;       // [I, C]
  const float* role_embedding = nullptr;  // [3, C], of a model with roles
  std::vector<LayerWeights> layers;
  Norm final_norm;
  Linear output;  // [O, C]

 private:
  class Reader;
  class Packer;
  bool are_finite_ = true;
  std::vector<std::vector<float>> owned_;
  AlignedArray<std::byte> panels_;  // of all matrices, in the order in which a token reads them
  FloatArray scales_;
};

}  // namespace pno::infer
