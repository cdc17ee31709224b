#pragma once

// Loops over the rows of matrices, which are the positions of a batch. Each thread takes one range
// of neighbouring rows and processes it in chunks that stay in its cache between operations.
// Matrix products within a chunk use one thread.

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "train/layers/chunk_products.h"

namespace pno::train {

// The gradients of some parameters: one sum for each task, which total() adds in the order of the
// tasks. So the result does not depend on which task was faster.
class TaskSums {
 public:
  TaskSums() = default;
  TaskSums(std::int64_t tasks, const std::vector<torch::Tensor>& parameters) {
    for (const auto& like : parameters) {
      shapes_.push_back(like.sizes().vec());
      sums_.push_back(torch::zeros({tasks, like.numel()}, like.options().requires_grad(false)));
    }
  }

  std::size_t size() const { return sums_.size(); }
  torch::Tensor of(std::int64_t task, std::size_t parameter) const {
    return sums_[parameter].select(0, task).view(shapes_[parameter]);
  }
  torch::Tensor total(std::size_t parameter) const {
    const auto& sums = sums_[parameter];
    return (sums.size(0) == 1 ? sums.select(0, 0) : sums.sum(0)).view(shapes_[parameter]);
  }

 private:
  std::vector<torch::Tensor> sums_;  // [tasks, elements] for each parameter
  std::vector<std::vector<std::int64_t>> shapes_;
};

// The current chunk of a task, with the buffers and sums that the task uses for all its chunks.
// Used by one thread.
class RowWorkspace {
 public:
  RowWorkspace(std::int64_t task, const TaskSums& sums, const std::vector<std::int64_t>& columns,
               const torch::TensorOptions& options, Precision precision)
      : task_(task) {
    for (const auto width : columns) buffers_.push_back(torch::empty({kChunkRows, width}, options));
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums_.push_back(sums.of(task, i));
      const bool is_matrix = sums_.back().dim() == 2;
      products_.emplace_back();
      if (is_matrix) products_.back().emplace(sums_.back(), precision);
    }
  }

  void move_to(std::int64_t first, std::int64_t rows) {
    first_ = first;
    rows_ = rows;
  }
  std::int64_t task() const { return task_; }
  std::int64_t first() const { return first_; }  // row of the matrices
  std::int64_t rows() const { return rows_; }

  // The chunk's rows of a matrix.
  torch::Tensor part(const torch::Tensor& matrix) const { return matrix.narrow(0, first_, rows_); }
  float* data(const torch::Tensor& matrix) const {
    return matrix.data_ptr<float>() + first_ * matrix.size(1);
  }

  // Buffer `index`, [rows, columns]. It keeps its contents from chunk to chunk.
  torch::Tensor buffer(std::size_t index) const { return buffers_[index].narrow(0, 0, rows_); }

  // out = rows · weight
  void multiply(const PackedWeight& weight, const torch::Tensor& rows,
                const torch::Tensor& out) const {
    weight.multiply(rows, out, operand_);
  }
  // The task's gradient of a parameter; add_product() adds gradientᵀ · rows to that of a matrix.
  float* sum(std::size_t parameter) const { return sums_[parameter].data_ptr<float>(); }
  void add_product(std::size_t parameter, const torch::Tensor& gradient,
                   const torch::Tensor& rows) const {
    products_[parameter]->add(gradient, rows);
  }

 private:
  std::int64_t task_, first_ = 0, rows_ = 0;
  std::vector<torch::Tensor> buffers_, sums_;
  std::vector<std::optional<WeightGradient>> products_;  // of the matrices
  mutable Bf16Memory operand_;
};

// Divides the rows of a matrix [rows, …] among tasks, one for each thread. A row belongs to the
// same task in every run with the same number of threads.
class RowTasks {
 public:
  // `precision`: of the gradients of matrices.
  explicit RowTasks(const torch::Tensor& matrix, Precision precision = Precision::f32)
      : precision_(precision),
        rows_(matrix.size(0)),
        count_(std::clamp<std::int64_t>((rows_ + kChunkRows - 1) / kChunkRows, 1,
                                        at::get_num_threads())),
        options_(matrix.options().requires_grad(false)) {}

  std::int64_t count() const { return count_; }

  // Calls chunk(workspace) for all chunks of all tasks, those of a task in order. `columns` are the
  // widths of the task's buffers.
  template <class Chunk>
  void run(const std::vector<std::int64_t>& columns, const TaskSums& sums,
           const Chunk& chunk) const {
    at::parallel_for(0, count_, 1, [&](std::int64_t first_task, std::int64_t last_task) {
      const torch::NoGradGuard no_grad;  // of this thread
      for (auto task = first_task; task < last_task; ++task) {
        RowWorkspace workspace(task, sums, columns, options_, precision_);
        const auto last = rows_ * (task + 1) / count_;
        for (auto first = rows_ * task / count_; first < last; first += kChunkRows) {
          workspace.move_to(first, std::min(kChunkRows, last - first));
          chunk(workspace);
        }
      }
    });
  }
  template <class Chunk>
  void run(const std::vector<std::int64_t>& columns, const Chunk& chunk) const {
    run(columns, TaskSums(), chunk);
  }

 private:
  Precision precision_;
  std::int64_t rows_, count_;
  torch::TensorOptions options_;
};

// True if the fused kernels can compute it: float32 on the CPU. Everything else is computed by
// LibTorch's operations.
inline bool has_row_kernels(const torch::Tensor& x) {
  return x.is_cpu() && x.scalar_type() == torch::kFloat;
}
inline bool has_row_kernels(const torch::Tensor& x, const torch::Tensor& matrix) {
  return has_row_kernels(x) && has_row_kernels(matrix);
}

}  // namespace pno::train
