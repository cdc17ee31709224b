#include "train/run/run_precision.h"

#include "train/attention/attention_cuda_tensors.h"
#include "train/layers/precision.h"

namespace pno::train {

Precision precision_on(torch::Device device, Precision asked, std::int64_t head_width) {
  if (asked != Precision::automatic) return asked;
  const bool has_kernels = device.is_cuda()
                               ? fused_cuda::why_not(device, torch::kBFloat16, head_width).empty()
                               : device.is_cpu() && has_fast_bf16();
  return has_kernels ? Precision::bf16 : Precision::f32;
}

std::string describe_precision(torch::Device device, Precision precision) {
  if (precision == Precision::bf16) return ", bf16";
  return device.is_cuda() ? ", float32 without TF32" : "";
}

}  // namespace pno::train
