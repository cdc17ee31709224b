#pragma once

// The fused attention on CUDA, on LibTorch's tensors: attention_cuda.h with a stream and memory
// from LibTorch. A build without it (no nvcc, or a LibTorch for the CPU) has
// attention_cuda_absent.cpp in its place, which takes nothing.

#include <string>

#include "train/attention/attention_inputs.h"

namespace pno::train::fused_cuda {

// Why such attention does not run here, in words; empty where it does.
std::string why_not(torch::Device device, torch::ScalarType type, std::int64_t head_width);

// A sentence for the start of a run that computes on a GPU without these kernels; else empty.
inline std::string slow_attention_note(torch::Device device, torch::ScalarType type,
                                       std::int64_t head_width) {
  if (!device.is_cuda()) return {};
  const auto why = why_not(device, type, head_width);
  return why.empty() ? why : "attention runs as operations of LibTorch, which is slower: " + why;
}

// Queries, keys and values decide on the type; tables may be of another, float32 beside bfloat16,
// and so are their gradients.
bool takes(const AttentionInputs& in);

AttentionOutput forward(const AttentionInputs& in);
// Adds up in an order of its own: the last bits differ from run to run.
AttentionGradients backward(const AttentionInputs& in, const AttentionOutput& output,
                            const torch::Tensor& out_gradient);

}  // namespace pno::train::fused_cuda
