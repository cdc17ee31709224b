// Compares bf16 with float32: rounding in the operations, gradients of a model, and training runs.

#include "train/layers/precision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train/layers/rounded_linear.h"
#include "train/step/learner.h"
#include "train/step/loss.h"
#include "train/step/test_batches.h"
#include "train/trainer_test_fixture.h"

namespace pno::train {
namespace {

using model::Attention;
using testing::HasSubstr;
using torch::Tensor;

constexpr int V = 20;
constexpr double kBf16Step = 1.0 / 128;  // distance of neighbours in [1, 2)

double relative_distance(const Tensor& found, const Tensor& wanted) {
  return ((found - wanted).norm() / wanted.norm()).item<double>();
}

model::ModelConfig small_model(Attention kind) {
  return {.layers = 2,
          .heads = 2,
          .width = 32,
          .attention_width = 48,
          .ff_width = 64,
          .context = 64,
          .max_distance = 20,
          .block = 16,
          .attention = kind};
}

Batch squares(std::int64_t rows, std::int64_t length) {
  return square_patterns(rows, length, V);
}

// Forward and backward pass multiply rounded values and round the result once.
TEST(RoundedLinear, RoundsInputsAndResults) {
  torch::manual_seed(1);
  const auto x = torch::randn({7, 300}).requires_grad_();
  const auto matrix = torch::randn({11, 300}).to(torch::kBFloat16).requires_grad_();
  const auto bias = torch::randn({11}).to(torch::kBFloat16).requires_grad_();
  const auto upstream = torch::randn({7, 11}).to(torch::kBFloat16);
  const auto out = rounded_linear(x, matrix, bias);
  out.backward(upstream);
  EXPECT_EQ(out.scalar_type(), torch::kBFloat16);
  EXPECT_EQ(x.grad().scalar_type(), torch::kFloat);
  EXPECT_EQ(matrix.grad().scalar_type(), torch::kBFloat16);

  const auto exact = [](const Tensor& of) { return of.detach().to(torch::kDouble); };
  const auto rounded = exact(x.detach().to(torch::kBFloat16));
  const auto expect_rounded = [&](const Tensor& found, const Tensor& wanted) {
    const auto error = (exact(found) - wanted).abs();
    EXPECT_TRUE((error <= 0.51 * kBf16Step * wanted.abs() + 1e-5).all().item<bool>());
  };
  expect_rounded(out, torch::linear(rounded, exact(matrix), exact(bias)));
  expect_rounded(x.grad(), torch::mm(exact(upstream), exact(matrix)));
  expect_rounded(matrix.grad(), torch::mm(exact(upstream).t(), rounded));
  expect_rounded(bias.grad(), exact(upstream).sum(0));
}

// A sum in bf16 would stay at 256, because the next value is 258.
TEST(RoundedLinear, SumsInFloat32) {
  const auto ones = torch::ones({1, 1000}, torch::kBFloat16);
  EXPECT_EQ(rounded_linear(ones, ones).item<float>(), 1000);
}

TEST(RoundedWeights, LeavesReceiveGradientsInFloat32) {
  MusicTransformer model(small_model(Attention::relative), V, torch::kCPU);
  model.initialize(1);
  const auto& leaf = model.parameter("layers.1.ff_in.weight");
  const RoundedWeights rounded(model.parameters(), torch::kBFloat16);
  const auto weight = rounded.of(leaf);
  EXPECT_TRUE(torch::equal(weight, leaf.to(torch::kBFloat16)));
  const float third = 1.0F / 3;
  for (int pass = 0; pass < 2; ++pass) (weight.to(torch::kFloat) * third).sum().backward();
  const float rounded_third = torch::tensor(third).to(torch::kBFloat16).item<float>();
  EXPECT_TRUE((leaf.grad() == 2 * rounded_third).all().item<bool>());
  const auto in_flat = (model.gradient() != 0).sum().item<std::int64_t>();
  EXPECT_EQ(in_flat, leaf.numel());
  const RoundedWeights same(model.parameters(), torch::kFloat);
  EXPECT_TRUE(same.of(leaf).is_same(leaf));
}

// On a CPU only the operands of products are rounded, in the kernels: gradients are not.
TEST(Precision, GradientsOfBf16OnACpuAreFloat32) {
  MusicTransformer model(small_model(Attention::relative), V, torch::kCPU);
  model.compute_in(torch::kBFloat16);
  model.initialize(3);
  cross_entropy(model, squares(3, 64), Dropout{}, LossWeights{}).objective.backward();
  for (const auto& parameter : model.list()) {
    const auto& gradient = model.parameter(parameter.name).grad();
    EXPECT_FALSE(torch::equal(gradient.to(torch::kBFloat16).to(torch::kFloat), gradient))
        << parameter.name;
  }
}

// Loss and gradients of a model in bf16 are near those in float32, but not equal.
TEST(Precision, Bf16GradientsEqualFloat32WithinRounding) {
  // Relative error of a parameter's gradient: rounding, and the ReLU units that it switches.
  constexpr double kGradientError = 0.06;
  constexpr double kLossError = 2e-3;  // nats per token
  const auto batch = squares(3, 64);
  for (const auto kind :
       {Attention::absolute, Attention::relative, Attention::relative_local, Attention::shaw}) {
    for (const auto activation : {model::Activation::relu, model::Activation::gelu}) {
      auto config = small_model(kind);
      config.activation = activation;
      config.tie_embeddings = activation == model::Activation::gelu;
      SCOPED_TRACE(fmt::format("{}, {}", enum_name(kind), enum_name(activation)));
      MusicTransformer exact(config, V, torch::kCPU), rounded(config, V, torch::kCPU);
      rounded.compute_in(torch::kBFloat16);
      std::vector<double> nlls;
      for (auto* model : {&exact, &rounded}) {
        model->initialize(3);
        const auto loss = cross_entropy(*model, batch, Dropout{0.1, 5}, {.smoothing = 0.1});
        (loss.objective / static_cast<double>(loss.targets)).backward();
        nlls.push_back(loss.nll.item<double>() / static_cast<double>(loss.targets));
      }
      EXPECT_NEAR(nlls[1], nlls[0], kLossError);
      EXPECT_NE(nlls[1], nlls[0]);
      for (const auto& parameter : exact.list()) {
        const auto &found = rounded.parameter(parameter.name).grad(),
                   &wanted = exact.parameter(parameter.name).grad();
        const double distance = relative_distance(found, wanted);
        EXPECT_LT(distance, kGradientError) << parameter.name;
        EXPECT_GT(distance, 0) << parameter.name;
      }
    }
  }
}

class PrecisionOfRuns : public TrainerTest {
 protected:
  TrainOptions in_bf16(const std::string& run) const {
    auto with = options(run);
    with.train.precision = Precision::bf16;
    return with;
  }
};

TEST_F(PrecisionOfRuns, Bf16RunReachesTheLossOfFloat32) {
  constexpr double kNear = 0.01;  // nats per token
  auto exact = options("f32"), rounded = in_bf16("bf16");
  for (auto* with : {&exact, &rounded}) {
    with->train.steps = 100;
    with->train.validation_steps = 0;
    with->train.learning_rate = 5e-3;
  }
  const auto wanted = train(exact, {}), found = train(rounded, {});
  ASSERT_TRUE(wanted && found);
  EXPECT_LT(*wanted->validation_nll, 3);  // 5.97 at the beginning
  EXPECT_NEAR(*found->validation_nll, *wanted->validation_nll, kNear);
  EXPECT_NE(*found->validation_nll, *wanted->validation_nll);
  EXPECT_THAT(found->device, HasSubstr("bf16"));
  const auto file = model::ModelFile::open(rounded.run / "model.safetensors");
  EXPECT_EQ(file->metadata().at("training.precision"), "bf16");
}

TEST_F(PrecisionOfRuns, Bf16RunsRepeatBitForBit) {
  ASSERT_TRUE(train(in_bf16("first"), {}));
  ASSERT_TRUE(train(in_bf16("second"), {}));
  EXPECT_EQ(bytes("first/model.safetensors"), bytes("second/model.safetensors"));
}

TEST_F(PrecisionOfRuns, ResumedBf16RunEqualsAnUninterruptedOneBitForBit) {
  ASSERT_TRUE(train(in_bf16("whole"), {}));
  auto parts = in_bf16("parts");
  ASSERT_FALSE(stop_after(parts, 7));
  set_interrupted(false);
  parts.resume = true;
  ASSERT_TRUE(train(parts, {}));
  EXPECT_EQ(bytes("whole/model.safetensors"), bytes("parts/model.safetensors"));
  const std::string last = "/checkpoint/step-000000012.safetensors";
  EXPECT_EQ(bytes("whole" + last), bytes("parts" + last));
}

// The run records the precision that "auto" selected, so that it does not change if the run is
// resumed on another machine.
TEST_F(PrecisionOfRuns, ResumedRunKeepsItsPrecision) {
  auto with = options();
  ASSERT_TRUE(train(with, {}));
  with.resume = true;
  with.train.steps = 14;
  with.train.precision = Precision::f32;
  ASSERT_TRUE(train(with, {}));
  with.train.precision = Precision::bf16;
  EXPECT_THAT(failure(with), HasSubstr("training.precision was f32, is bf16"));
  with.train.steps = 16;
  with.override_config = true;
  const auto result = train(with, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->steps, 16);
}

}  // namespace
}  // namespace pno::train
