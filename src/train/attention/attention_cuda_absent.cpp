#include "train/attention/attention_cuda_tensors.h"

#include "base/error.h"

namespace pno::train::fused_cuda {

std::string why_not(torch::Device /*device*/, torch::ScalarType /*type*/,
                    std::int64_t /*head_width*/) {
  return "this build has no CUDA kernels, because it was configured without nvcc or with a "
         "LibTorch for the CPU";
}

bool supports(const AttentionInputs& /*in*/) {
  return false;
}

AttentionOutput forward(const AttentionInputs& /*in*/) {
  PNO_CHECK(false, "supports() is false in this build");
  return {};
}

AttentionGradients backward(const AttentionInputs& /*in*/, const AttentionOutput& /*output*/,
                            const torch::Tensor& /*out_gradient*/) {
  PNO_CHECK(false, "supports() is false in this build");
  return {};
}

}  // namespace pno::train::fused_cuda
