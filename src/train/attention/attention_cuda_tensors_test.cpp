// Compares attend() with CUDA kernels with attend() in tensor operations. With PNO_CUDA_EMULATION
// the kernels run on the CPU, on CPU tensors.
//
// B batch, T time, H heads, D head width, A = H·D, R rows of a table

#include "train/attention/attention_cuda_tensors.h"

#include <gtest/gtest.h>

#include "train/attention/attention.h"

namespace pno::train {
namespace {

constexpr std::int64_t kBatch = 2, kLength = 70, kHeads = 2, kHeadWidth = 8, kRows = 50;
constexpr double kFloatRounding = 1e-5, kBf16Rounding = 2e-2;

double relative_difference(const torch::Tensor& found, const torch::Tensor& wanted) {
  return ((found.to(torch::kDouble) - wanted.to(torch::kDouble)).norm() /
          wanted.to(torch::kDouble).norm())
      .item<double>();
}

struct RandomInputs {
  torch::Tensor qkv, keys, values, out_gradient;

  // Tables begin 4 bytes after a multiple of 16, as slices of the model's flat parameters can.
  RandomInputs(torch::ScalarType type, bool has_values) {
    torch::manual_seed(1);
    qkv = torch::randn({kBatch, kLength, 3 * kHeads * kHeadWidth}).to(type).requires_grad_();
    out_gradient = torch::randn({kBatch, kLength, kHeads * kHeadWidth}).to(type);
    const auto table = [] {
      constexpr auto kCount = kHeads * kRows * kHeadWidth;
      return torch::randn({kCount + 1})
          .narrow(0, 1, kCount)
          .view({kHeads, kRows, kHeadWidth})
          .requires_grad_();
    };
    keys = table();
    if (has_values) values = table();
  }

  // Output and gradients; the tensor operations compute in float32.
  std::vector<torch::Tensor> run(AttentionOptions options) const {
    const bool is_plain = options.way == AttentionWay::composite;
    const auto leaf = [&](const torch::Tensor& x) {
      if (!x.defined()) return x;
      return (is_plain ? x.detach().to(torch::kFloat) : x.detach()).requires_grad_();
    };
    const auto of_qkv = leaf(qkv), of_keys = leaf(keys), of_values = leaf(values);
    const auto out = attend(of_qkv, of_keys, of_values, options);
    out.backward(is_plain ? out_gradient.to(torch::kFloat) : out_gradient);
    std::vector<torch::Tensor> all{out.detach(), of_qkv.grad(), of_keys.grad()};
    if (values.defined()) all.push_back(of_values.grad());
    return all;
  }
};

void expect_equals_composite(torch::ScalarType type, bool has_values, AttentionOptions options,
                             double rounding) {
  const RandomInputs inputs(type, has_values);
  options.heads = kHeads;
  options.clipped = has_values;
  ASSERT_TRUE(fused_cuda::supports({inputs.qkv, inputs.keys, inputs.values, options}));
  const auto found = inputs.run(options);
  options.way = AttentionWay::composite;
  const auto wanted = inputs.run(options);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_LT(relative_difference(found[i], wanted[i]), rounding) << i;
  }
  EXPECT_EQ(found[0].scalar_type(), type);
  EXPECT_EQ(found[1].scalar_type(), type);
  EXPECT_EQ(found[2].scalar_type(), torch::kFloat);  // the type of the table
}

TEST(AttendWithCudaKernels, EqualsTensorOperations) {
  for (const bool has_values : {false, true}) {
    expect_equals_composite(torch::kFloat, has_values, AttentionOptions{}, kFloatRounding);
    expect_equals_composite(torch::kFloat, has_values, {.block = 24}, kFloatRounding);
  }
}

TEST(AttendWithCudaKernels, AcceptsBfloat16WithFloatTables) {
  expect_equals_composite(torch::kBFloat16, /*has_values=*/true, AttentionOptions{}, kBf16Rounding);
}

TEST(AttendWithCudaKernels, DropsTheSameWeightsAsTensorOperations) {
  expect_equals_composite(torch::kFloat, /*has_values=*/true, {.dropout = {0.3, 5}},
                          kFloatRounding);
}

TEST(AttendWithCudaKernels, RejectsUnsupportedWidthsAndTypes) {
  const AttentionOptions one_head;
  EXPECT_FALSE(fused_cuda::supports({torch::zeros({1, 4, 3 * 12}), {}, {}, one_head}));
  EXPECT_FALSE(
      fused_cuda::supports({torch::zeros({1, 4, 3 * 8}, torch::kDouble), {}, {}, one_head}));
  EXPECT_FALSE(fused_cuda::why_not(torch::kCPU, torch::kHalf, 8).empty());
  EXPECT_FALSE(fused_cuda::why_not(torch::kCPU, torch::kFloat, 12).empty());
}

}  // namespace
}  // namespace pno::train
