#pragma once

// The number type that a run computes in, chosen once at its start.

#include <torch/torch.h>

#include <cstdint>
#include <string>

#include "train/config.h"

namespace pno::train {

// The precision that `asked` means on a device, for heads of a width. `automatic` is bf16 if the
// attention kernels of a GPU support it (compute capability 8.0 or later), or if a CPU computes its
// products faster than those of float32 (AMX-BF16, or AVX512-BF16 of AMD); else f32. Others are
// returned unchanged.
Precision precision_on(torch::Device device, Precision asked, std::int64_t head_width);

// The suffix of the device's description: ", bf16", or nothing for float32 on a CPU.
std::string describe_precision(torch::Device device, Precision precision);

}  // namespace pno::train
