#include "train/run/run_precision.h"

#include "train/attention/attention_cuda_tensors.h"

namespace pno::train {

Precision precision_on(torch::Device device, Precision asked, std::int64_t head_width) {
  if (asked != Precision::automatic) return asked;
  if (!device.is_cuda()) return Precision::f32;
  const bool has_kernels = fused_cuda::why_not(device, torch::kBFloat16, head_width).empty();
  return has_kernels ? Precision::bf16 : Precision::f32;
}

std::string describe_precision(torch::Device device, Precision precision) {
  if (precision == Precision::bf16) return ", bf16";
  return device.is_cuda() ? ", float32 without TF32" : "";
}

}  // namespace pno::train
