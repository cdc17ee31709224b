#include "train/cuda/attention_cuda.h"

#include <cmath>

#include "train/cuda/attention_backward.cuh"
#include "train/cuda/attention_forward.cuh"

namespace pno::train::cuda {
namespace {

constexpr int kMaxHeadWidth = 128;
constexpr int kRowThreads = 256;  // threads of a block of the kernels that loop over rows

// row_products = g · out_i, one warp per row: the sum over m of a[i, m] da[i, m] of the reference.
template <class T>
__global__ void __launch_bounds__(kRowThreads) row_product_kernel(KernelProblem problem) {
  const AttentionProblem& of = problem.of;
  const int row = block_index() * (kRowThreads / kWarpLanes) + thread_index() / kWarpLanes;
  if (row >= of.batch * of.heads * of.length) return;
  const int query = row % of.length;
  const Unit unit(of, row / of.length);
  const std::size_t first = static_cast<std::size_t>(query) * of.heads * of.head_width;
  const T* const out = columns_of(static_cast<const T*>(of.out), of, unit) + first;
  const T* const gradient =
      columns_of(static_cast<const T*>(problem.gradients.out), of, unit) + first;
  float sum = 0;
  for (int d = lane_index(); d < of.head_width; d += kWarpLanes) {
    sum += to_float(out[d]) * to_float(gradient[d]);
  }
  for (int mask = 1; mask < kWarpLanes; mask *= 2) sum += shuffle_xor(sum, mask);
  if (lane_index() == 0) problem.gradients.row_products[row] = sum;
}

// Copies the gradient of the queries, in float, to its columns of the gradient of qkv.
template <class T>
__global__ void __launch_bounds__(kRowThreads) query_gradient_kernel(KernelProblem problem) {
  const AttentionProblem& of = problem.of;
  const int row = block_index() * (kRowThreads / kWarpLanes) + thread_index() / kWarpLanes;
  if (row >= of.batch * of.heads * of.length) return;
  const Unit unit(of, row / of.length);
  const float* const sums =
      problem.gradients.queries + static_cast<std::size_t>(row) * of.head_width;
  T* const to = columns_of(static_cast<T*>(problem.gradients.qkv), of, unit, 0) +
                static_cast<std::size_t>(row % of.length) * 3 * of.heads * of.head_width;
  for (int d = 2 * lane_index(); d < of.head_width; d += 2 * kWarpLanes) {
    store_pair(to + d, sums[d], sums[d + 1]);
  }
}

KernelProblem kernel_problem(const AttentionProblem& problem, const GradientArrays& gradients) {
  constexpr float kDrawRange = 1 << 16;
  return {problem, gradients, 1 / (kLogOf2 * std::sqrt(static_cast<float>(problem.head_width))),
          kDrawRange / (kDrawRange - static_cast<float>(problem.dropout_threshold))};
}

Relative relative_of(const AttentionProblem& problem) {
  if (problem.tables.keys == nullptr) return Relative::none;
  return problem.tables.values == nullptr ? Relative::keys : Relative::keys_and_values;
}

template <class T, int kWidthOf, Relative kRelativeOf>
struct Shapes {
  using Element = T;
  using Forward = ForwardShape<T, kWidthOf, kRelativeOf>;
  using Backward = BackwardShape<T, kWidthOf, kRelativeOf>;
};

template <class T, int kWidth, class Use>
auto with_relative(const AttentionProblem& problem, const Use& use) {
  switch (relative_of(problem)) {
    case Relative::none:
      return use(Shapes<T, kWidth, Relative::none>());
    case Relative::keys:
      return use(Shapes<T, kWidth, Relative::keys>());
    default:
      return use(Shapes<T, kWidth, Relative::keys_and_values>());
  }
}
template <class T, class Use>
auto with_width(const AttentionProblem& problem, const Use& use) {
  if (problem.head_width <= 16) return with_relative<T, 16>(problem, use);
  if (problem.head_width <= 32) return with_relative<T, 32>(problem, use);
  if (problem.head_width <= 64) return with_relative<T, 64>(problem, use);
  return with_relative<T, kMaxHeadWidth>(problem, use);
}
// Calls use(Shapes<…>) with the narrowest kernels that fit the problem.
template <class Use>
auto with_shapes(const AttentionProblem& problem, const Use& use) {
  if (problem.type == ElementType::bf16) return with_width<Bf16>(problem, use);
  return with_width<float>(problem, use);
}

long long blocks_of_rows(const AttentionProblem& problem) {
  constexpr int kRows = kRowThreads / kWarpLanes;
  return (static_cast<long long>(problem.batch) * problem.heads * problem.length + kRows - 1) /
         kRows;
}
long long blocks_of_tiles(const AttentionProblem& problem, int rows) {
  return static_cast<long long>(problem.batch) * problem.heads *
         ((problem.length + rows - 1) / rows);
}

}  // namespace

bool device_limits(DeviceLimits& limits) {
  return read_limits(limits);
}

const char* why_not(const AttentionProblem& problem, const DeviceLimits& limits) {
  if (limits.major < 8) return "the device is older than compute capability 8.0";
  if (problem.head_width % 8 != 0 || problem.head_width > kMaxHeadWidth) {
    return "the head width is not a multiple of 8 up to 128";
  }
  // Row indices have 32 bits.
  constexpr double kMaxRows = 2147483647.0 - 1024;
  if (static_cast<double>(problem.batch) * problem.heads * problem.length > kMaxRows) {
    return "there are more than 2147482623 rows";
  }
  const int shared_bytes = with_shapes(problem, [](auto shapes) {
    using Forward = typename decltype(shapes)::Forward;
    using Backward = typename decltype(shapes)::Backward;
    return Forward::kSharedBytes > Backward::kSharedBytes ? Forward::kSharedBytes
                                                          : Backward::kSharedBytes;
  });
  if (shared_bytes > limits.shared_memory_bytes) {
    return "the device has too little shared memory for this head width";
  }
  return nullptr;
}

const char* attention_forward(const AttentionProblem& problem, void* stream) {
  return with_shapes(problem, [&](auto shapes) {
    using Shape = typename decltype(shapes)::Forward;
    return launch(attention_forward_kernel<Shape>, blocks_of_tiles(problem, Shape::kQueries),
                  Shape::kThreads, Shape::kSharedBytes, stream, kernel_problem(problem, {}));
  });
}

const char* attention_backward(const AttentionProblem& problem, const GradientArrays& gradients,
                               void* stream) {
  const auto kernel = kernel_problem(problem, gradients);
  const auto zero = [stream](float* sums, std::size_t rows, int width) {
    return sums == nullptr ? nullptr : fill_zeros(sums, rows * width * sizeof(float), stream);
  };
  const std::size_t heads = problem.heads, table_rows = heads * problem.tables.rows;
  const std::size_t rows = problem.batch * heads * problem.length;
  if (const char* error = zero(gradients.queries, rows, problem.head_width)) return error;
  if (const char* error = zero(gradients.table_keys, table_rows, problem.head_width)) return error;
  if (const char* error = zero(gradients.table_values, table_rows, problem.head_width)) {
    return error;
  }
  return with_shapes(problem, [&](auto shapes) -> const char* {
    using Element = typename decltype(shapes)::Element;
    using Shape = typename decltype(shapes)::Backward;
    if (const char* error = launch(row_product_kernel<Element>, blocks_of_rows(problem),
                                   kRowThreads, 0, stream, kernel)) {
      return error;
    }
    if (const char* error =
            launch(attention_backward_kernel<Shape>, blocks_of_tiles(problem, Shape::kSide),
                   Shape::kThreads, Shape::kSharedBytes, stream, kernel)) {
      return error;
    }
    return launch(query_gradient_kernel<Element>, blocks_of_rows(problem), kRowThreads, 0, stream,
                  kernel);
  });
}

}  // namespace pno::train::cuda
