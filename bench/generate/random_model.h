#pragma once

// Models of the shapes that are measured, with random weights, as files.

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

// A file in the folder for temporary ones, for the life of this.
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

// What must be read for the token at `position`: matrices, relative tables, keys and values, with
// the scales of int8. What is a thousandth of it is left out. Of so many `pieces` at once, keys and
// values are read for each, all else once.
double bytes_of_token(const model::ModelConfig& config, infer::Precision precision, int position,
                      int vocabulary_size, int pieces = 1);

}  // namespace pno::bench
