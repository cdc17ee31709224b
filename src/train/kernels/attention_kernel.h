#pragma once

// Fused attention of one head on the CPU, forward and backward, tile by tile: the attention weights
// of a tile exist only while the tile is computed. Plain pointers, without LibTorch;
// attention_cpu.h adds tensors and threads. Does not allocate. Does not throw.
//
// T time, D head width

#include <cstddef>

#include "train/kernels/attention_task.h"

namespace pno::train {

// Size of the scratch memory of one thread, in floats. It must be aligned to 64 bytes.
std::size_t forward_scratch_floats(const HeadShape& shape);
std::size_t backward_scratch_floats(const HeadShape& shape);

// Writes the task's rows of out [T, D] and of row_log_sum [T], the logarithm of the sum of the
// exponentials of a query's logits.
void attend_forward(const HeadTask& task, float* scratch, Rows out, float* row_log_sum);

// Results of the forward pass and the gradient of `out`.
struct HeadOutput {
  ConstRows out, out_gradient;  // [T, D]
  const float* row_log_sum;     // [T]
};

// Writes the task's rows of gradients.q. The gradients of keys, values and tables stay in `scratch`
// until add_gradients() adds them to `gradients`. The two are separate functions because several
// tasks add to the same rows, and the order of the additions decides the last bits.
void attend_backward(const HeadTask& task, const HeadOutput& output, float* scratch,
                     const HeadGradients& gradients);
void add_gradients(const HeadTask& task, float* scratch, const HeadGradients& gradients);

}  // namespace pno::train
