#include "train/layers/rounded_linear.h"

namespace pno::train {
namespace {

using torch::Tensor;

bool is_bf16(const Tensor& x) {
  return x.scalar_type() == torch::kBFloat16;
}

}  // namespace

Tensor rounded_linear(const Tensor& x, const Tensor& matrix, const Tensor& bias) {
  const auto rounded = x.to(matrix.scalar_type());
  if (!is_bf16(matrix) || !matrix.is_cpu()) return torch::linear(rounded, matrix, bias);
  // What a GPU computes: products of rounded numbers, summed in float32, and rounded. LibTorch's
  // own products of bf16 on a CPU are loops in some of its builds, and some of those sum in bf16.
  return torch::linear(at_least_float(rounded), at_least_float(matrix),
                       bias.defined() ? at_least_float(bias) : bias)
      .to(torch::kBFloat16);
}

Tensor at_least_float(const Tensor& x) {
  return is_bf16(x) ? x.to(torch::kFloat) : x;
}

}  // namespace pno::train
