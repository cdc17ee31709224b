#include "train/attention/attention_cpu.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "train/kernels/attention_kernel.h"

namespace pno::train::fused_cpu {
namespace {

using torch::Tensor;

// Where there are fewer heads than this, the queries of each are divided between several tasks, as
// far as they leave each so many: packing keys and tables again takes its time. By the shape alone,
// so that sums do not depend on the threads.
constexpr Index kManyTasks = 64;
constexpr Index kFewestQueries = 2048;

Index parts_of_head(const HeadShape& shape, Index heads) {
  const Index wanted = (kManyTasks + heads - 1) / heads;
  return std::max<Index>(1, std::min(wanted, shape.length / kFewestQueries));
}

// Queries divided so that each part sees about as many keys: where each part ends.
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

// All tasks of an attention: head by head, so that those that add to the same table follow each
// other; then by batch element, then by part of the queries.
struct Tasks {
  const AttentionInputs& in;
  HeadShape shape{in.length(),
                  in.head_width(),
                  in.options.block,
                  in.key_table.defined() ? in.key_table.size(1) : 0,
                  in.options.clipped,
                  in.key_table.defined(),
                  in.value_table.defined()};
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
      const auto place = columns(in.qkv, task, of);
      return ConstRows{place.data, place.stride};
    };
    const auto table_rows = [&](const Tensor& table) {
      const auto place = table_of(table, task);
      return ConstRows{place.data, place.stride};
    };
    return {shape,
            part == 0 ? 0 : ends[static_cast<std::size_t>(part - 1)],
            ends[static_cast<std::size_t>(part)],
            rows(0),
            rows(1),
            rows(2),
            table_rows(in.key_table),
            table_rows(in.value_table),
            WeightDropout(in.options.dropout.rate, in.options.dropout.seed),
            in.first_unit() + unit};
  }

  // The part-th A columns of x [B, T, k·A] that belong to the task's head: [T, D].
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

  // Calls work(task, scratch) for each, on all threads. A thread takes the next task when it has
  // done one; so tasks begin in order, and one may wait for those before it.
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

// Lets the tasks of a head pass one after the other.
class Turns {
 public:
  Turns(Index heads, Index per_head)
      : per_head_(per_head), passed_(static_cast<std::size_t>(heads)) {}

  template <class Work>
  void pass(Index task, const Work& work) {
    auto& passed = passed_[static_cast<std::size_t>(task / per_head_)];
    const Index turn = task % per_head_;
    for (Index now = passed; now != turn; now = passed) passed.wait(now);
    work();
    passed = turn + 1;
    passed.notify_all();
  }

 private:
  Index per_head_;
  std::vector<std::atomic<Index>> passed_;
};

}  // namespace

bool takes(const AttentionInputs& in) {
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
  Turns turns(in.heads(), tasks.per_head());
  tasks.run(backward_scratch_floats(tasks.shape), [&](Index task, float* scratch) {
    const auto head = tasks[task];
    const HeadGradients into{
        tasks.columns(gradients.qkv, task, 0), tasks.columns(gradients.qkv, task, 1),
        tasks.columns(gradients.qkv, task, 2), tasks.table_of(gradients.key_table, task),
        tasks.table_of(gradients.value_table, task)};
    const Rows out = tasks.columns(output.out, task, 0),
               out_grad = tasks.columns(out_gradient, task, 0);
    attend_backward(head,
                    {{out.data, out.stride},
                     {out_grad.data, out_grad.stride},
                     tasks.row_log_sum(output.row_log_sum, task)},
                    scratch, into);
    turns.pass(task, [&] { add_gradients(head, scratch, into); });
  });
  return gradients;
}

}  // namespace pno::train::fused_cpu
