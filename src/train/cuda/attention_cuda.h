#pragma once

// Attention on a CUDA device: the operator of attention.h on raw pointers. So it compiles without
// LibTorch's CUDA headers, and its tests run on the CPU (cuda_emulation.h). Forward and backward
// pass do not store a T×T matrix: memory is linear in T. Does not throw.

#include "train/cuda/attention_problem.h"

namespace pno::train::cuda {

// Reads the limits of the current device. Returns false if there is none.
bool device_limits(DeviceLimits& limits);

// The reason why these kernels cannot run the problem on such a device, as a clause; null if they
// can. Does not read the problem's arrays.
const char* why_not(const AttentionProblem& problem, const DeviceLimits& limits);

// Enqueue the kernels on a stream (a cudaStream_t) of the current device. why_not() must accept the
// problem. Return null, or CUDA's error message.
const char* attention_forward(const AttentionProblem& problem, void* stream);
const char* attention_backward(const AttentionProblem& problem, const GradientArrays& gradients,
                               void* stream);

}  // namespace pno::train::cuda
