#include "train/attention/attention_cuda_tensors.h"

#include "base/error.h"

namespace pno::train::fused_cuda {

std::string why_not(torch::Device /*device*/, torch::ScalarType /*type*/,
                    std::int64_t /*head_width*/) {
  return "this build has no CUDA kernels: it was configured without nvcc, or with a LibTorch for "
         "the CPU";
}

bool takes(const AttentionInputs& /*in*/) {
  return false;
}

AttentionOutput forward(const AttentionInputs& /*in*/) {
  PNO_CHECK(false, "takes() comes first");
  return {};
}

AttentionGradients backward(const AttentionInputs& /*in*/, const AttentionOutput& /*output*/,
                            const torch::Tensor& /*out_gradient*/) {
  PNO_CHECK(false, "takes() comes first");
  return {};
}

}  // namespace pno::train::fused_cuda
