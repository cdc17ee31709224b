#pragma once

// Work on the rows of matrices, which are the positions of a batch: every thread takes one run of
// neighbouring rows, and goes through it in chunks that stay in its cache from one operation to the
// next. Products within a chunk are on one thread.

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace pno::train {

class RowTasks {
 public:
  // A few rows more in a chunk are a little better for the products, and a little worse for the
  // second-level cache: 128 to 512 measure alike.
  static constexpr std::int64_t kChunk = 256;

  explicit RowTasks(std::int64_t rows)
      : rows_(rows),
        count_(std::clamp<std::int64_t>((rows + kChunk - 1) / kChunk, 1, at::get_num_threads())) {}

  std::int64_t count() const { return count_; }

  // begin(task) gives what a task works with, its buffers and sums; chunk(that, first, rows) is
  // called for its chunks in order. The same rows are the same task's, whatever the time.
  template <class Begin, class Chunk>
  void run(const Begin& begin, const Chunk& chunk) const {
    at::parallel_for(0, count_, 1, [&](std::int64_t first_task, std::int64_t last_task) {
      const torch::NoGradGuard no_grad;  // of this thread
      for (auto task = first_task; task < last_task; ++task) {
        auto&& own = begin(task);
        const auto last = rows_ * (task + 1) / count_;
        for (auto first = rows_ * task / count_; first < last; first += kChunk) {
          chunk(own, first, std::min(kChunk, last - first));
        }
      }
    });
  }

 private:
  std::int64_t rows_, count_;
};

// The gradient of a parameter: a sum for each task, added up in their order, so that the result
// does not depend on which was faster.
class TaskSums {
 public:
  TaskSums(const RowTasks& tasks, const torch::Tensor& like)
      : sums_(torch::zeros({tasks.count(), like.numel()}, like.options().requires_grad(false))),
        shape_(like.sizes().vec()) {}

  torch::Tensor of(std::int64_t task) const { return sums_.select(0, task).view(shape_); }
  torch::Tensor total() const {
    return (sums_.size(0) == 1 ? sums_.select(0, 0) : sums_.sum(0)).view(shape_);
  }

 private:
  torch::Tensor sums_;
  std::vector<std::int64_t> shape_;
};

// Whether the kernels of this folder take it: float32 on the CPU. All else takes LibTorch's
// operations.
inline bool has_row_kernels(const torch::Tensor& x) {
  return x.is_cpu() && x.scalar_type() == torch::kFloat;
}
inline bool has_row_kernels(const torch::Tensor& x, const torch::Tensor& matrix) {
  return has_row_kernels(x) && has_row_kernels(matrix);
}

}  // namespace pno::train
