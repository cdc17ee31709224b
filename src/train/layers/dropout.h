#pragma once

// Dropout (Srivastava et al. 2014) whose mask is a pure function of a seed and a position. So the
// backward pass draws the mask again instead of storing it, and a resumed run drops the same
// elements as an uninterrupted one.

#include <torch/torch.h>

#include <cstdint>

namespace pno::train {

struct DropoutDraws;

struct Dropout {
  double rate = 0;  // probability of dropping an element; 0 in validation
  std::uint64_t seed = 0;
  // Number of positions of the step's batch before these, in other parts or on other ranks. The
  // mask depends on the position in the step's batch, not on how the batch is divided.
  std::int64_t first_position = 0;

  // The same with an independent seed, for step, layer or operation number `place`.
  Dropout at(std::uint64_t place) const;

  // The draws for rows of `columns` elements, one row per position.
  DropoutDraws draws(std::int64_t columns) const;

  // Each element is 0 with probability `rate`, else 1 / (1 - rate).
  torch::Tensor mask(torch::IntArrayRef shape, const torch::TensorOptions& options) const;

  // x · mask; on the CPU the mask is not stored for the backward pass.
  torch::Tensor operator()(const torch::Tensor& x) const;

  // Stores this in the data that an operation keeps for its backward pass, and reads it back.
  using SavedData = decltype(torch::autograd::AutogradContext::saved_data);
  void save(SavedData& into) const;
  static Dropout saved(const SavedData& from);
};

}  // namespace pno::train
