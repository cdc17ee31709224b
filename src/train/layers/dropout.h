#pragma once

// Dropout (Srivastava et al. 2014) whose draws are a pure function of a seed and a place: the
// backward pass draws a mask again instead of keeping it, and a resumed run drops what an
// uninterrupted one would have dropped.

#include <torch/torch.h>

#include <cstdint>

namespace pno::train {

struct DropoutDraws;

struct Dropout {
  double rate = 0;  // share dropped; 0: none, as in validation
  std::uint64_t seed = 0;
  // Positions of the step's batch that are before these, in other parts or on other ranks: what is
  // dropped depends on the place in the whole batch, not on how that is divided.
  std::int64_t first_position = 0;

  // The same for a place of its own: a step, a layer, a block of rows.
  Dropout at(std::uint64_t place) const;

  // The draws for rows of so many numbers, a row for each position.
  DropoutDraws draws(std::int64_t columns) const;

  // 0 with probability `rate`, else 1 / (1 - rate).
  torch::Tensor mask(torch::IntArrayRef shape, const torch::TensorOptions& options) const;

  // x times the mask; on the CPU the mask is not kept for the backward pass.
  torch::Tensor operator()(const torch::Tensor& x) const;

  // Among what an operation keeps for its backward pass.
  using SavedData = decltype(torch::autograd::AutogradContext::saved_data);
  void save(SavedData& into) const;
  static Dropout saved(const SavedData& from);
};

}  // namespace pno::train
