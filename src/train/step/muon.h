#pragma once

// Muon (Jordan 2024), as Liu et al. 2025 (arXiv 2502.16982) scale it, for the matrices of the
// layers; queries, keys and values of each head are matrices of their own.
//
//   mean   = momentum · mean + (1 - momentum) · g
//   ahead  = momentum · mean + (1 - momentum) · g        Nesterov's momentum
//   O      = orthogonalise(ahead)                         train/kernels/orthogonalise.h
//   W      = (1 - rate · decay) · W - rate · 0.2 · sqrt(max(rows, columns)) · O
//
// An element of O has a root mean square of 1/sqrt(max(rows, columns)), so that of the change is
// 0.2 · rate, which is about AdamW's. `rate` is muon_rate times the learning rate.

#include <cstdint>
#include <vector>

#include "model/parameters.h"
#include "train/config.h"
#include "train/step/weight_update.h"

namespace pno::train {

class Muon {
 public:
  explicit Muon(const TrainConfig& config) : config_(config) {}

  // Adds the matrices of a parameter that begins at element `first` of the buffers.
  void add(const model::Parameter& parameter, std::int64_t first);

  // float32 on the CPU computes one matrix a thread, so the result does not depend on the number of
  // threads; everything else uses LibTorch's operations.
  void update(const UpdateBuffers& buffers, const UpdateRates& rates) const;

 private:
  struct Matrices {  // of one shape, one after the other in the buffers
    std::int64_t first = 0, count = 0, rows = 0, columns = 0;
  };
  struct Factors {
    double momentum, rate, kept, gradient_factor;
  };
  void update_fused(const UpdateBuffers& buffers, const Factors& factors) const;
  void update_composite(const UpdateBuffers& buffers, const Factors& factors) const;

  TrainConfig config_;
  std::vector<Matrices> groups_;
};

// The composite twin of train/kernels/orthogonalise.h: [N, rows, columns] matrices at once.
torch::Tensor orthogonalised(const torch::Tensor& matrices);

}  // namespace pno::train
