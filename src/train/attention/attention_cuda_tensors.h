#pragma once

// Fused attention on CUDA for LibTorch's tensors: attention_cuda.h with stream and memory from
// LibTorch. A build without CUDA kernels (no nvcc, or a LibTorch for the CPU) contains
// attention_cuda_absent.cpp instead, which supports nothing.

#include <string>

#include "train/attention/attention_inputs.h"

namespace pno::train::fused_cuda {

// The reason why the kernels cannot run here, as a clause; empty if they can.
std::string why_not(torch::Device device, torch::ScalarType type, std::int64_t head_width);

// A note for the start of a run that uses a GPU without these kernels; else empty.
inline std::string slow_attention_note(torch::Device device, torch::ScalarType type,
                                       std::int64_t head_width) {
  if (!device.is_cuda()) return {};
  const auto why = why_not(device, type, head_width);
  return why.empty() ? why : "attention uses LibTorch's operations, which are slower: " + why;
}

// True if the kernels can compute it. They compute in the type of qkv. Tables may have another type
// (float32 beside bfloat16), which their gradients have, too.
bool supports(const AttentionInputs& in);

AttentionOutput forward(const AttentionInputs& in);
// Sums in an order that may vary: the last bits may differ from run to run.
AttentionGradients backward(const AttentionInputs& in, const AttentionOutput& output,
                            const torch::Tensor& out_gradient);

}  // namespace pno::train::fused_cuda
