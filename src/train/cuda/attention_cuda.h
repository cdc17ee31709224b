#pragma once

// Attention on a CUDA device: the operator of attention.h on raw pointers, so that it is compiled
// without LibTorch's CUDA headers, and runs on the CPU in its tests (cuda_emulation.h).
// Forward and backward keep no L×L matrix: memory is linear in T.

#include "train/cuda/attention_problem.h"

namespace pno::train::cuda {

// The current device; false without one.
bool device_limits(DeviceLimits& limits);

// Why these kernels cannot do the problem on such a device, in words; null where they can. Pointers
// are not looked at.
const char* why_not(const AttentionProblem& problem, const DeviceLimits& limits);

// Enqueue on a stream (a cudaStream_t) of the current device. A problem that `why_not` accepts;
// returns null, or what CUDA says went wrong.
const char* attention_forward(const AttentionProblem& problem, void* stream);
const char* attention_backward(const AttentionProblem& problem, const GradientArrays& gradients,
                               void* stream);

}  // namespace pno::train::cuda
