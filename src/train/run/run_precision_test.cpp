#include "train/run/run_precision.h"

#include <gtest/gtest.h>

#include "train/layers/precision.h"

namespace pno::train {
namespace {

TEST(Precision, IsBf16OnACpuIfThatIsFasterOrAskedFor) {
  EXPECT_EQ(precision_on(torch::kCPU, Precision::automatic, 64),
            has_fast_bf16() ? Precision::bf16 : Precision::f32);
  EXPECT_EQ(precision_on(torch::kCPU, Precision::bf16, 64), Precision::bf16);
  EXPECT_EQ(precision_on(torch::kCPU, Precision::f32, 64), Precision::f32);
  EXPECT_EQ(scalar_type(Precision::bf16), torch::kBFloat16);
  EXPECT_EQ(describe_precision(torch::kCPU, Precision::bf16), ", bf16");
  EXPECT_EQ(describe_precision(torch::kCUDA, Precision::f32), ", float32 without TF32");
}

}  // namespace
}  // namespace pno::train
