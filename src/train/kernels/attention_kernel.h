#pragma once

// The fused attention of one head on the CPU, forward and backward, tile by tile: the weights of a
// tile exist only while it is worked on. Plain pointers, no LibTorch; attention_cpu.h gives it
// tensors and threads.
//
// T time, D head width

#include <cstddef>

#include "train/kernels/attention_task.h"

namespace pno::train {

// Floats that a thread needs to work in, aligned to 64 bytes.
std::size_t forward_scratch_floats(const HeadShape& shape);
std::size_t backward_scratch_floats(const HeadShape& shape);

// Writes the task's rows of out [T, D] and of row_log_sum [T], the logarithm of the sum of a
// query's exponentials.
void attend_forward(const HeadTask& task, float* scratch, Rows out, float* row_log_sum);

// Writes the task's rows of gradients.q; what it finds for keys, values and tables stays in the
// scratch until add_gradients() adds it to what is there. These are apart because other tasks add
// to the same rows, and in what order decides about the last bits.
struct HeadOutput {
  ConstRows out, out_gradient;  // [T, D]
  const float* row_log_sum;     // [T]
};
void attend_backward(const HeadTask& task, const HeadOutput& output, float* scratch,
                     const HeadGradients& gradients);
void add_gradients(const HeadTask& task, float* scratch, const HeadGradients& gradients);

}  // namespace pno::train
