#pragma once

// The number type that a run computes in, chosen once at its start.

#include <torch/torch.h>

#include <cstdint>
#include <string>

#include "train/config.h"

namespace pno::train {

// What `automatic` means on a device, for heads of a width: bf16 where the attention kernels of the
// device take it, which is a GPU of compute capability 8.0 or later. What is asked for by name is
// what it is anywhere.
Precision precision_on(torch::Device device, Precision asked, std::int64_t head_width);

// What follows the name of the device: ", bf16". On a CPU float32 goes without saying.
std::string describe_precision(torch::Device device, Precision precision);

}  // namespace pno::train
