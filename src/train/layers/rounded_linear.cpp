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
  // The same as on a GPU: products of rounded values, summed in float32, and rounded. In some
  // builds LibTorch's own bf16 products on a CPU are plain loops, and some of these sum in bf16.
  return torch::linear(at_least_float(rounded), at_least_float(matrix),
                       bias.defined() ? at_least_float(bias) : bias)
      .to(torch::kBFloat16);
}

Tensor in_precision(const Tensor& x, Precision precision) {
  return precision == Precision::bf16 ? x.to(torch::kBFloat16) : x;
}

Tensor at_least_float(const Tensor& x) {
  return is_bf16(x) ? x.to(torch::kFloat) : x;
}

}  // namespace pno::train
