#pragma once

// In which numbers a step computes, and its weights in them.

#include <torch/torch.h>

#include <cstdint>
#include <string>

#include "train/config.h"

namespace pno::train {

// What `automatic` means on a device, for heads of a width: bf16 where the attention kernels of the
// device take it, which is a GPU of compute capability 8.0 or later. What is asked for by name is
// what it is anywhere.
Precision precision_on(torch::Device device, Precision asked, std::int64_t head_width);

torch::ScalarType scalar_type(Precision precision);  // of a precision other than `automatic`

// What follows the name of the device: ", bf16". On a CPU float32 goes without saying.
std::string describe_precision(torch::Device device, Precision precision);

// The weights of a model for one pass in another type. All are rounded at once, from the flat
// buffer that they are parts of; what they are rounded from are leaves, whose gradients are added
// up in the leaves' own type.
class RoundedWeights {
 public:
  // `flat` holds the leaves one after the other.
  RoundedWeights(const torch::Tensor& flat, torch::ScalarType type);

  // The leaf itself where the type is its own.
  torch::Tensor of(const torch::Tensor& leaf) const;

 private:
  torch::Tensor flat_, rounded_;
};

}  // namespace pno::train
