#pragma once

// The model file: a safetensors file with the parameters of model/parameters.h and metadata with
// everything needed to use them: "format": "pno.model", "version": "1" ("2" with roles),
// "model.layers" and the other fields of ModelConfig, "vocabulary.steps_per_second" and the others
// of the vocabulary, "training.…", "data.licence", "data.pieces", …
//
// Parameters are F32 or BF16. A matrix or relative table, but not an embedding, may also be I8
// with the scales of its rows in "NAME.scale", F32 in the shape of NAME without the last dimension:
// value = integer · scale.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "base/safetensors.h"
#include "model/config.h"
#include "model/vocabulary_size.h"

namespace pno::model {

class ModelFile {
 public:
  // Returns an error unless the file holds all parameters and no other tensor, in their shapes and
  // types, with finite values. The message tells a dataset or a file of another program
  // apart. Checking the values reads the whole file: a caller that reads all values anyway can pass
  // `unchecked` and check them itself.
  enum class Values { checked, unchecked };
  static Expected<ModelFile> open(const std::filesystem::path& path,
                                  Values values = Values::checked);

  // The same from memory, which must outlive the result. `name` is used in messages.
  static Expected<ModelFile> parse(std::span<const std::byte> bytes, std::string_view name,
                                   Values values = Values::checked);

  const ModelConfig& config() const { return config_; }
  const VocabularySize& vocabulary_size() const { return vocabulary_size_; }
  const TextFields& metadata() const { return file_.metadata(); }
  std::int64_t parameter_count() const { return parameter_count_; }
  // The type of most parameters: F32, BF16 or I8.
  DType precision() const;

  bool values_are_checked() const { return values_ == Values::checked; }
  // Returns an error that names the first tensor with a value that is not finite.
  Expected<void> check_values() const;
  // True if all values of a parameter are finite.
  bool is_finite(std::string_view name) const;

  // A parameter by its name in model/parameters.h; it must exist.
  const Tensor& tensor(std::string_view name) const;
  // The scales of its rows if it is I8, else null.
  const float* scales(std::string_view name) const;
  // Its values as float32, whatever the file holds.
  std::vector<float> values(std::string_view name) const;

  // See MappedFile::prefault().
  void prefault() const noexcept { file_.prefault(); }
  // Copies `part`, bytes of one of the parameters (see MappedFile::copy()).
  void copy(std::span<const std::byte> part, std::byte* to) const noexcept { file_.copy(part, to); }

 private:
  explicit ModelFile(SafetensorsFile file) : file_(std::move(file)) {}
  static Expected<ModelFile> check(SafetensorsFile safetensors, std::string_view name,
                                   Values values);

  SafetensorsFile file_;
  Values values_ = Values::unchecked;
  ModelConfig config_;
  VocabularySize vocabulary_size_ = 0;
  std::int64_t parameter_count_ = 0;
};

// Adds format, version and the config to `metadata`. `tensors` are those of parameters(), F32 or
// BF16 or I8 with scales, in any order; with `role_embedding` the model has roles. Returns an error
// if they are not, or if the file cannot be written.
Expected<void> write_model(const std::filesystem::path& path, const ModelConfig& config,
                           std::span<const Tensor> tensors, TextFields metadata);

// Writes the same model with all matrices and relative tables in `precision`: f32, bf16 or i8,
// rounded to the nearest, ties to even. Norms and biases, less than 1 % of a model, are F32, and so
// are the embeddings of an i8 model. The scale of an i8 row is max |row| / 127, as the engine
// computes it, so that it plays the same music from both files in int8. The metadata stays the
// same.
Expected<void> write_model_as(const std::filesystem::path& path, const ModelFile& model,
                              DType precision);

}  // namespace pno::model
