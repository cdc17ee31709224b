#pragma once

// Files of models with random weights, in the shapes that are measured.

#include <filesystem>
#include <string>
#include <vector>

#include "infer/kernels/precision.h"
#include "model/config.h"

namespace pno::bench {

struct Shape {
  std::string name;
  model::ModelConfig config;
};
// `paper`, 12.8 M parameters, and one of 50 M: twelve layers as wide as those of `paper-medium`.
const std::vector<Shape>& shapes();

// A temporary file, deleted with this object.
class RandomModel {
 public:
  explicit RandomModel(const Shape& shape);
  RandomModel(const RandomModel&) = delete;
  RandomModel& operator=(const RandomModel&) = delete;
  ~RandomModel() { std::filesystem::remove(path_); }

  const std::filesystem::path& path() const { return path_; }
  double parameters() const { return parameters_; }

 private:
  std::filesystem::path path_;
  double parameters_ = 0;
};

// The bytes that a token at `position` reads: matrices, relative tables, keys and values, with the
// int8 scales; smaller arrays (about 0.1 %) are left out. With `pieces` at once, keys and values
// are read for each piece, the rest once.
double bytes_of_token(const model::ModelConfig& config, infer::Precision precision, int position,
                      int vocabulary_size, int pieces = 1);

}  // namespace pno::bench
