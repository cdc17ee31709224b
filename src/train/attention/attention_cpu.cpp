#include "train/attention/attention_cpu.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "train/kernels/attention_kernel.h"

namespace pno::train::fused_cpu {
namespace {

using torch::Tensor;

// If there are fewer (batch element, head) pairs than kMinTasks, the queries of each pair are
// divided among several tasks of at least kMinQueries, because each task packs keys and tables
// again. The division depends only on the shape, so the sums do not depend on the number of
// threads.
constexpr Index kMinTasks = 64;
constexpr Index kMinQueries = 2048;

Index parts_of_head(const HeadShape& shape, Index heads) {
  const Index wanted = (kMinTasks + heads - 1) / heads;
  return std::max<Index>(1, std::min(wanted, shape.length / kMinQueries));
}

// Divides the queries into parts that see about equally many keys. Returns the end of each part.
std::vector<Index> equal_parts(const HeadShape& shape, Index parts) {
  const auto keys_of_block = [&](Index first) {
    const Index end = shape.block_end(first);
    return (end - first) * (end - shape.first_key_of(first));
  };
  Index total = 0, sum = 0;
  for (Index q = 0; q < shape.length; q = shape.block_end(q)) total += keys_of_block(q);
  std::vector<Index> ends;
  for (Index q = 0; q < shape.length; q = shape.block_end(q)) {
    sum += keys_of_block(q);
    const auto reached = static_cast<Index>(ends.size()) + 1;
    if (sum * parts >= total * reached) ends.push_back(shape.block_end(q));
  }
  return ends;
}

// The tasks of an attention, ordered by head, so that tasks that add to the same table are
// neighbours; then by batch element, then by part of the queries.
struct Tasks {
  const AttentionInputs& in;
  HeadShape shape{.length = in.length(),
                  .head_width = in.head_width(),
                  .local_block = in.options.block,
                  .table_rows = in.key_table.defined() ? in.key_table.size(1) : 0,
                  .clipped = in.options.clipped,
                  .has_relative_keys = in.key_table.defined(),
                  .has_relative_values = in.value_table.defined(),
                  .in_bf16 = in.options.precision == Precision::bf16};
  Index width = in.heads() * shape.head_width;  // A
  std::vector<Index> ends = equal_parts(shape, parts_of_head(shape, in.batch() * in.heads()));
  Index parts = static_cast<Index>(ends.size());

  Index per_head() const { return in.batch() * parts; }
  Index count() const { return in.heads() * per_head(); }
  Index head(Index task) const { return task / per_head(); }
  Index batch_element(Index task) const { return task / parts % in.batch(); }

  HeadTask operator[](Index task) const {
    const Index part = task % parts, unit = batch_element(task) * in.heads() + head(task);
    const auto rows = [&](Index of) {
      const auto mutable_rows = columns(in.qkv, task, of);
      return ConstRows{mutable_rows.data, mutable_rows.stride};
    };
    const auto table_rows = [&](const Tensor& table) {
      const auto mutable_rows = table_of(table, task);
      return ConstRows{mutable_rows.data, mutable_rows.stride};
    };
    return {.shape = shape,
            .first_query = part == 0 ? 0 : ends[static_cast<std::size_t>(part - 1)],
            .end_query = ends[static_cast<std::size_t>(part)],
            .q = rows(0),
            .k = rows(1),
            .v = rows(2),
            .key_table = table_rows(in.key_table),
            .value_table = table_rows(in.value_table),
            .dropout = WeightDropout(in.options.dropout.rate, in.options.dropout.seed),
            .unit = in.first_unit() + unit};
  }

  // The task's head in part `part` of x [B, T, parts·A]: [T, D].
  Rows columns(const Tensor& x, Index task, Index part) const {
    return {x.data_ptr<float>() + batch_element(task) * shape.length * x.size(2) + part * width +
                head(task) * shape.head_width,
            x.size(2)};
  }
  Rows table_of(const Tensor& table, Index task) const {
    if (!table.defined()) return {};
    return {table.data_ptr<float>() + head(task) * table.size(1) * shape.head_width,
            shape.head_width};
  }
  float* row_log_sum(const Tensor& of, Index task) const {  // [B, H, T]
    return of.data_ptr<float>() + (batch_element(task) * in.heads() + head(task)) * shape.length;
  }

  // Calls work(task, scratch) for each task, on all threads. A thread starts the next task when it
  // has finished one. So tasks start in order, and a task may wait for earlier ones.
  template <class Work>
  void run(std::size_t scratch_floats, const Work& work) const {
    const Index workers =
        at::in_parallel_region() ? 1 : std::min<Index>(at::get_num_threads(), count());
    const auto stride = static_cast<Index>(scratch_floats);
    const auto scratch = torch::empty({workers, stride}, in.qkv.options().requires_grad(false));
    std::atomic<Index> next = 0;
    at::parallel_for(0, workers, 1, [&](Index begin, Index end) {
      for (Index worker = begin; worker < end; ++worker) {
        float* const own = scratch.data_ptr<float>() + worker * stride;
        for (Index task = next++; task < count(); task = next++) work(task, own);
      }
    });
  }
};

// An ordered section: the tasks of a head run it one after the other, in order.
class OrderedSection {
 public:
  OrderedSection(Index heads, Index per_head)
      : per_head_(per_head), finished_(static_cast<std::size_t>(heads)) {}

  // Waits for the earlier tasks of the head, then calls work().
  template <class Work>
  void run(Index task, const Work& work) {
    auto& finished = finished_[static_cast<std::size_t>(task / per_head_)];
    const Index order = task % per_head_;
    for (Index now = finished; now != order; now = finished) finished.wait(now);
    work();
    finished = order + 1;
    finished.notify_all();
  }

 private:
  Index per_head_;
  std::vector<std::atomic<Index>> finished_;  // tasks of each head
};

}  // namespace

bool supports(const AttentionInputs& in) {
  return in.qkv.is_cpu() && in.qkv.scalar_type() == torch::kFloat;
}

AttentionOutput forward(const AttentionInputs& in) {
  const Tasks tasks{in};
  const auto options = in.qkv.options().requires_grad(false);
  AttentionOutput output{torch::empty({in.batch(), in.length(), tasks.width}, options),
                         torch::empty({in.batch(), in.heads(), in.length()}, options)};
  tasks.run(forward_scratch_floats(tasks.shape), [&](Index task, float* scratch) {
    attend_forward(tasks[task], scratch, tasks.columns(output.out, task, 0),
                   tasks.row_log_sum(output.row_log_sum, task));
  });
  return output;
}

AttentionGradients backward(const AttentionInputs& in, const AttentionOutput& output,
                            const Tensor& out_gradient) {
  const Tasks tasks{in};
  const auto zeros = [&](const Tensor& like) {
    return like.defined() ? torch::zeros_like(like) : like;
  };
  AttentionGradients gradients{zeros(in.qkv), zeros(in.key_table), zeros(in.value_table)};
  OrderedSection ordered(in.heads(), tasks.per_head());
  tasks.run(backward_scratch_floats(tasks.shape), [&](Index task, float* scratch) {
    const auto head = tasks[task];
    const HeadGradients into{
        tasks.columns(gradients.qkv, task, 0), tasks.columns(gradients.qkv, task, 1),
        tasks.columns(gradients.qkv, task, 2), tasks.table_of(gradients.key_table, task),
        tasks.table_of(gradients.value_table, task)};
    const Rows out = tasks.columns(output.out, task, 0),
               gradient = tasks.columns(out_gradient, task, 0);
    attend_backward(head,
                    {.out = {out.data, out.stride},
                     .out_gradient = {gradient.data, gradient.stride},
                     .row_log_sum = tasks.row_log_sum(output.row_log_sum, task)},
                    scratch, into);
    ordered.run(task, [&] { add_gradients(head, scratch, into); });
  });
  return gradients;
}

}  // namespace pno::train::fused_cpu
