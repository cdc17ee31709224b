#pragma once

// Learning rates by parameter, around an optimiser that has one: of the change that it made, each
// parameter keeps its share. For AdamW that is the same as another rate, weight decay included,
// since its change is proportional to the rate.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "train/step/music_transformer.h"

namespace pno::train {

class LayerRates {
 public:
  // `factors` are those of rate_factors(). What is frozen asks for no gradient from now on, so that
  // the backward pass ends above it, and adds nothing to the gradient's length.
  LayerRates(const MusicTransformer& model, const std::vector<double>& factors);

  // Before and after an update of the parameters, which are those of the model.
  void before_update(const torch::Tensor& parameters);
  void after_update(const torch::Tensor& parameters) const;

 private:
  struct Part {  // of the flat parameters, with one factor
    std::int64_t first = 0, size = 0;
    double factor = 1;
    torch::Tensor before;
  };
  std::vector<Part> parts_;  // those whose factor is not 1
};

}  // namespace pno::train
