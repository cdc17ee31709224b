#include "train/attention/attention_cuda_tensors.h"

#include <cmath>
#include <cstdint>

#include "train/cuda/attention_cuda.h"

#if !defined(PNO_CUDA_EMULATION)
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace pno::train::fused_cuda {
namespace {

using torch::Tensor;

// Selects the device of the kernels during its lifetime.
#if defined(PNO_CUDA_EMULATION)

constexpr auto kDevice = torch::kCPU;
struct DeviceGuard {
  explicit DeviceGuard(torch::Device /*device*/) {}
  void* stream() const { return nullptr; }
};

#else

constexpr auto kDevice = torch::kCUDA;
class DeviceGuard {
 public:
  explicit DeviceGuard(torch::Device device) : guard_(device) {}
  void* stream() const {
    return c10::cuda::getCurrentCUDAStream(guard_.current_device().index()).stream();
  }

 private:
  c10::cuda::CUDAGuard guard_;
};

#endif

cuda::AttentionProblem problem_of(torch::ScalarType type, std::int64_t head_width) {
  cuda::AttentionProblem problem;
  problem.type = type == torch::kFloat ? cuda::ElementType::f32 : cuda::ElementType::bf16;
  problem.head_width = static_cast<int>(head_width);
  return problem;
}

// The kernels copy 16 bytes at a time. A view of a tensor may have any alignment.
bool is_aligned(const Tensor& x) {
  return reinterpret_cast<std::uintptr_t>(x.data_ptr()) % 16 == 0;
}
// x converted to `type`, contiguous and aligned.
Tensor prepared(const Tensor& x, torch::ScalarType type) {
  const auto found = x.to(type).contiguous();
  return is_aligned(found) ? found : found.clone();
}

// With pointers to the original tables, whose type may differ from the type of qkv.
cuda::AttentionProblem problem_of(const AttentionInputs& in) {
  constexpr double kDrawRange = 1 << 16;
  auto problem = problem_of(in.qkv.scalar_type(), in.head_width());
  problem.batch = static_cast<int>(in.batch());
  problem.length = static_cast<int>(in.length());
  problem.heads = static_cast<int>(in.heads());
  problem.block = static_cast<int>(in.options.block);
  problem.dropout_threshold =
      static_cast<std::uint32_t>(std::lround(in.options.dropout.rate * kDrawRange));
  problem.dropout_seed = in.options.dropout.seed;
  problem.first_unit = static_cast<std::uint64_t>(in.first_unit());
  problem.qkv = in.qkv.data_ptr();
  problem.tables.is_clipped = in.options.clipped;
  if (in.key_table.defined()) {
    problem.tables.keys = in.key_table.data_ptr();
    problem.tables.rows = static_cast<int>(in.key_table.size(1));
  }
  if (in.value_table.defined()) problem.tables.values = in.value_table.data_ptr();
  return problem;
}

// A problem and the converted tables that it points to.
struct Call {
  cuda::AttentionProblem problem;
  Tensor key_table, value_table;  // [H, R, D] in the type of qkv, or undefined

  explicit Call(const AttentionInputs& in) : problem(problem_of(in)) {
    const auto convert = [&in](const Tensor& table, Tensor& converted) -> const void* {
      if (!table.defined()) return nullptr;
      converted = prepared(table, in.qkv.scalar_type());
      return converted.data_ptr();
    };
    problem.tables.keys = convert(in.key_table, key_table);
    problem.tables.values = convert(in.value_table, value_table);
  }
};

Tensor floats(const AttentionInputs& in, torch::IntArrayRef shape) {
  return torch::empty(shape, in.qkv.options().dtype(torch::kFloat).requires_grad(false));
}

void check(const char* error) {
  TORCH_CHECK(error == nullptr, "the attention kernel failed: ", error);
}

}  // namespace

std::string why_not(torch::Device device, torch::ScalarType type, std::int64_t head_width) {
  if (device.type() != kDevice) return "the tensors are not on a CUDA device";
  if (type != torch::kFloat && type != torch::kBFloat16) {
    return "the values are neither float32 nor bfloat16";
  }
  const DeviceGuard guard(device);
  cuda::DeviceLimits limits;
  if (!cuda::device_limits(limits)) return "the CUDA device does not respond";
  const char* const why = cuda::why_not(problem_of(type, head_width), limits);
  return why == nullptr ? "" : why;
}

bool supports(const AttentionInputs& in) {
  if (!why_not(in.qkv.device(), in.qkv.scalar_type(), in.head_width()).empty()) return false;
  if (!is_aligned(in.qkv)) return false;
  const DeviceGuard guard(in.qkv.device());
  cuda::DeviceLimits limits;
  return cuda::device_limits(limits) && cuda::why_not(problem_of(in), limits) == nullptr;
}

AttentionOutput forward(const AttentionInputs& in) {
  const DeviceGuard guard(in.qkv.device());
  Call call(in);
  const AttentionOutput output{torch::empty({in.batch(), in.length(), in.heads() * in.head_width()},
                                            in.qkv.options().requires_grad(false)),
                               floats(in, {in.batch(), in.heads(), in.length()})};
  call.problem.out = output.out.data_ptr();
  call.problem.log_sums = output.row_log_sum.data_ptr<float>();
  check(cuda::attention_forward(call.problem, guard.stream()));
  return output;
}

AttentionGradients backward(const AttentionInputs& in, const AttentionOutput& output,
                            const Tensor& out_gradient) {
  const DeviceGuard guard(in.qkv.device());
  Call call(in);
  call.problem.out = output.out.data_ptr();
  call.problem.log_sums = output.row_log_sum.data_ptr<float>();
  const auto gradient = prepared(out_gradient, in.qkv.scalar_type());
  const auto like_table = [&in](const Tensor& table) {
    return table.defined() ? floats(in, table.sizes()) : Tensor();
  };
  const auto key_table = like_table(in.key_table), value_table = like_table(in.value_table);
  const auto qkv = torch::empty_like(in.qkv);
  const auto queries = floats(in, {in.batch(), in.heads(), in.length(), in.head_width()});
  const auto row_products = floats(in, {in.batch(), in.heads(), in.length()});
  cuda::GradientArrays arrays;
  arrays.out = gradient.data_ptr();
  arrays.qkv = qkv.data_ptr();
  if (key_table.defined()) arrays.table_keys = key_table.data_ptr<float>();
  if (value_table.defined()) arrays.table_values = value_table.data_ptr<float>();
  arrays.queries = queries.data_ptr<float>();
  arrays.row_products = row_products.data_ptr<float>();
  check(cuda::attention_backward(call.problem, arrays, guard.stream()));
  const auto in_type_of = [](const Tensor& table, const Tensor& found) {
    return table.defined() ? found.to(table.scalar_type()) : found;
  };
  return {qkv, in_type_of(in.key_table, key_table), in_type_of(in.value_table, value_table)};
}

}  // namespace pno::train::fused_cuda
