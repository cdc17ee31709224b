#pragma once

// The model file: one safetensors file with the parameters of model/parameters.h (F32 or BF16) and,
// as metadata, everything needed to use it: "format": "pno.model", "version": "1", "model.layers"
// and the other fields of ModelConfig, "vocabulary.steps_per_second" and the others of the
// vocabulary, "training.…", "data.licence", "data.pieces", …

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "base/safetensors.h"
#include "model/config.h"

namespace pno::model {

class ModelFile {
 public:
  // Checks that every parameter is there and no other, in its shape, F32 or BF16, finite; an Error
  // says what is wrong. A dataset, or a file of another program, is told apart by name.
  // Finding what is not finite takes a pass over the whole file; whoever reads all of it anyway may
  // leave the values unchecked, and look for himself.
  enum class Values { checked, unchecked };
  static Expected<ModelFile> open(const std::filesystem::path& path,
                                  Values values = Values::checked);

  // The same from memory that outlives the result; `name` stands in messages.
  static Expected<ModelFile> parse(std::span<const std::byte> bytes, std::string_view name,
                                   Values values = Values::checked);

  const ModelConfig& config() const { return config_; }
  int vocabulary_size() const { return vocabulary_size_; }
  const TextFields& metadata() const { return file_.metadata(); }
  std::int64_t parameter_count() const { return parameter_count_; }
  // What most of the parameters are stored as: F32 or BF16.
  DType precision() const;

  bool values_are_checked() const { return values_ == Values::checked; }
  // That all values are finite; an Error names the first tensor where one is not.
  Expected<void> check_values() const;
  // The same of one parameter.
  bool is_finite(std::string_view name) const;

  // A parameter by its name in model/parameters.h; it is there.
  const Tensor& tensor(std::string_view name) const;
  // Its values as float32, whatever the file holds.
  std::vector<float> values(std::string_view name) const;

  // For whoever is about to read all of it where it is (MappedFile::bring_near) …
  void bring_near() const noexcept { file_.bring_near(); }
  // … or to take each byte once (MappedFile::copy), here from one of the parameters.
  void copy(std::span<const std::byte> part, std::byte* to) const noexcept { file_.copy(part, to); }

 private:
  explicit ModelFile(SafetensorsFile file) : file_(std::move(file)) {}
  static Expected<ModelFile> check(SafetensorsFile safetensors, std::string_view name,
                                   Values values);

  SafetensorsFile file_;
  Values values_ = Values::unchecked;
  ModelConfig config_;
  int vocabulary_size_ = 0;
  std::int64_t parameter_count_ = 0;
};

// `metadata` gets format, version and the config added. `tensors` are those of parameters(), F32 or
// BF16, in any order.
Expected<void> write_model(const std::filesystem::path& path, const ModelConfig& config,
                           std::span<const Tensor> tensors, TextFields metadata);

// The same model with everything that is no vector as `precision`, f32 or bf16 (rounded to the
// nearest, ties to even). Norms and biases, which are less than a hundredth of a model, are F32 in
// both. The metadata stays.
Expected<void> write_model_as(const std::filesystem::path& path, const ModelFile& model,
                              DType precision);

}  // namespace pno::model
