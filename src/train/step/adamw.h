#pragma once

// AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) over parts of flat buffers. Weight decay
// applies to matrices and tables only, not to norms and biases.

#include <cstdint>
#include <vector>

#include "model/parameters.h"
#include "train/config.h"
#include "train/step/weight_update.h"

namespace pno::train {

class AdamW {
 public:
  explicit AdamW(const TrainConfig& config) : config_(config) {}

  // Adds a parameter that begins at element `first` of the buffers. Add them in order.
  void add(const model::Parameter& parameter, std::int64_t first);

  // float32 on the CPU is one fused pass over the buffers; everything else uses LibTorch's
  // operations.
  void update(const UpdateBuffers& buffers, const UpdateRates& rates) const;

 private:
  struct Segment {  // parameters that follow each other in the buffers
    std::int64_t first = 0, size = 0;
    bool decays = false;
  };
  struct Factors {
    double rate, root_factor, kept;
  };
  void update_fused(const UpdateBuffers& buffers, const Factors& factors,
                    double gradient_factor) const;
  void update_composite(const UpdateBuffers& buffers, const Factors& factors,
                        double gradient_factor) const;

  TrainConfig config_;
  std::vector<Segment> segments_;
};

}  // namespace pno::train
