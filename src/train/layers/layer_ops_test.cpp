// Compares the fused operations of a layer with LibTorch's operations, forward and backward, on
// every SIMD target; and those with finite differences in double precision.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>

#include "simd/every_target.h"
#include "train/layers/feed_forward.h"
#include "train/layers/linear_residual.h"
#include "train/layers/norm_linear.h"
#include "train/layers/output_loss.h"

namespace pno::train {
namespace {

using torch::Tensor;
using Tensors = std::vector<Tensor>;
// A function of tensors, all of which have a gradient, with a result of any shape.
using Operation = std::function<Tensor(const Tensors&)>;

constexpr double kTolerance = 1e-5;  // relative to the largest element of a tensor, in float32
// In bf16, relative to the norm of a tensor: each operand is rounded by up to 2^-9, and units of
// ReLU near 0 are switched.
constexpr double kBf16Tolerance = 5e-2, kLeastBf16Difference = 1e-5;

// Fewer and more rows than a chunk; enough chunks for two threads; some widths that are not
// multiples of a vector.
const std::vector<std::vector<std::int64_t>> kShapes = {
    {1, 1, 8}, {1, 7, 6}, {2, 150, 33}, {3, 259, 64}};

Tensors random_tensors(const std::vector<std::vector<std::int64_t>>& shapes) {
  torch::manual_seed(7);
  Tensors tensors;
  for (const auto& shape : shapes) {
    const double fan_in = static_cast<double>(shape.back());
    tensors.push_back(torch::randn(shape, torch::kDouble) /
                      std::sqrt(shape.size() > 1 ? fan_in : 1));
  }
  tensors[0] *= std::sqrt(static_cast<double>(tensors[0].size(-1)));
  return tensors;
}

// A fixed gradient of the result.
Tensor upstream_of(const Tensor& result) {
  torch::manual_seed(8);
  return torch::randn(result.sizes(), torch::kDouble);
}

// The result, then the gradient of each input.
Tensors result_and_gradients(const Operation& operation, const Tensors& inputs,
                             torch::ScalarType type) {
  Tensors leaves;
  for (const auto& input : inputs) leaves.push_back(input.to(type).clone().requires_grad_());
  const auto result = operation(leaves);
  result.backward(upstream_of(result).to(result.scalar_type()));
  Tensors all{result.detach()};
  for (const auto& leaf : leaves) all.push_back(leaf.grad());
  return all;
}

double distance(const Tensor& a, const Tensor& b) {
  const auto exact = b.to(torch::kDouble);
  const double largest = std::max(1.0, exact.abs().max().item<double>());
  return (a.to(torch::kDouble) - exact).abs().max().item<double>() / largest;
}

// Compares the fused operation in float32 with the composite one in double precision.
void expect_same(const Operation& fused, const Operation& composite, const Tensors& inputs) {
  const auto wanted = result_and_gradients(composite, inputs, torch::kDouble);
  simd::on_every_target([&] {
    const auto got = result_and_gradients(fused, inputs, torch::kFloat);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_LT(distance(got[i], wanted[i]), kTolerance)
          << (i == 0 ? std::string("result") : fmt::format("gradient of input {}", i - 1));
    }
  });
}

// Compares the fused operation in bf16 with the composite one in double precision. The results
// differ by more than the rounding of float32; the rounded operands are the same on every target.
void expect_same_in_bf16(const Operation& fused, const Operation& composite,
                         const Tensors& inputs) {
  const auto wanted = result_and_gradients(composite, inputs, torch::kDouble);
  simd::on_every_target([&] {
    const auto got = result_and_gradients(fused, inputs, torch::kFloat);
    double largest = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const double difference =
          ((got[i].to(torch::kDouble) - wanted[i]).norm() / wanted[i].norm()).item<double>();
      EXPECT_LT(difference, kBf16Tolerance) << i;
      largest = std::max(largest, difference);
    }
    EXPECT_GT(largest, kLeastBf16Difference);
  });
}

// Gradients of the composite against central differences, at a few numbers of each input.
void expect_gradients_equal_finite_differences(const Operation& composite, const Tensors& inputs) {
  constexpr double kStep = 1e-5, kError = 1e-7;
  const auto value = [&](const Tensors& at) {
    const torch::NoGradGuard no_grad;
    const auto result = composite(at).to(torch::kDouble);
    return (result * upstream_of(result)).sum().item<double>();
  };
  const auto gradients = result_and_gradients(composite, inputs, torch::kDouble);
  for (std::size_t input = 0; input < inputs.size(); ++input) {
    const auto flat = inputs[input].view(-1);
    for (std::int64_t i = 0; i < flat.numel(); i += 1 + flat.numel() / 5) {
      const double before = flat[i].item<double>();
      flat[i] = before + kStep;
      const double above = value(inputs);
      flat[i] = before - kStep;
      const double below = value(inputs);
      flat[i] = before;
      EXPECT_NEAR(gradients[input + 1].view(-1)[i].item<double>(), (above - below) / (2 * kStep),
                  kError * std::max(1.0, std::abs(above)))
          << "input " << input << " element " << i;
    }
  }
}

Operation norm_linear_by(decltype(norm_linear)* operation, Precision precision = Precision::f32) {
  return [=](const Tensors& in) { return operation(in[0], {in[1], in[2]}, in[3], precision); };
}

TEST(NormLinear, EqualsComposite) {
  for (const auto& shape : kShapes) {
    const auto C = shape.back();
    expect_same(norm_linear_by(norm_linear), norm_linear_by(composite::norm_linear),
                random_tensors({shape, {C}, {C}, {3 * C + 1, C}}));
    expect_same_in_bf16(norm_linear_by(norm_linear, Precision::bf16),
                        norm_linear_by(composite::norm_linear),
                        random_tensors({shape, {C}, {C}, {3 * C + 1, C}}));
  }
}

// Only the operands are rounded: the result is the exact product of rounded operands, up to
// float32.
TEST(NormLinear, Bf16RoundsTheOperandsAlone) {
  const auto inputs = random_tensors({{3, 259, 64}, {64}, {64}, {100, 64}});
  const auto rounded = [](const Tensor& x) { return x.to(torch::kBFloat16).to(torch::kDouble); };
  Tensors single;
  for (const auto& input : inputs) single.push_back(input.to(torch::kFloat));
  const auto normalised = composite::layer_norm(single[0], {single[1], single[2]});
  simd::on_every_target([&] {
    const auto found = norm_linear(single[0], {single[1], single[2]}, single[3], Precision::bf16);
    const auto wanted = torch::linear(rounded(normalised), rounded(single[3]));
    // A normalised value that lies between two bf16 may be rounded to either.
    EXPECT_LT(distance(found, wanted), 1e-2);
    EXPECT_LT((found.to(torch::kDouble) - wanted).abs().mean().item<double>(), 1e-5);
  });
}

TEST(NormLinear, GradientsEqualFiniteDifferences) {
  expect_gradients_equal_finite_differences(norm_linear_by(composite::norm_linear),
                                            random_tensors({{2, 5, 6}, {6}, {6}, {7, 6}}));
}

Operation linear_residual_by(decltype(linear_residual)* operation, double rate,
                             Precision precision = Precision::f32) {
  return [=](const Tensors& in) { return operation(in[0], in[1], in[2], {rate, 11}, precision); };
}

TEST(LinearResidual, EqualsComposite) {
  for (const auto& shape : kShapes) {
    for (const double rate : {0.0, 0.3}) {
      const auto C = shape.back(), A = C + 3;
      expect_same(linear_residual_by(linear_residual, rate),
                  linear_residual_by(composite::linear_residual, rate),
                  random_tensors({shape, {shape[0], shape[1], A}, {C, A}}));
      expect_same_in_bf16(linear_residual_by(linear_residual, rate, Precision::bf16),
                          linear_residual_by(composite::linear_residual, rate),
                          random_tensors({shape, {shape[0], shape[1], A}, {C, A}}));
    }
  }
}

TEST(LinearResidual, GradientsEqualFiniteDifferences) {
  expect_gradients_equal_finite_differences(linear_residual_by(composite::linear_residual, 0.3),
                                            random_tensors({{2, 5, 6}, {2, 5, 7}, {6, 7}}));
}

Operation feed_forward_by(decltype(feed_forward)* operation, model::Activation activation,
                          double rate, Precision precision = Precision::f32) {
  return [=](const Tensors& in) {
    return operation(in[0], {{in[1], in[2]}, in[3], in[4], in[5], in[6], activation, precision},
                     {rate, 12});
  };
}

Tensors feed_forward_inputs(const std::vector<std::int64_t>& shape) {
  const auto C = shape.back(), F = 2 * C + 1;
  return random_tensors({shape, {C}, {C}, {F, C}, {F}, {C, F}, {C}});
}

TEST(FeedForward, EqualsComposite) {
  for (const auto& shape : kShapes) {
    for (const auto activation : {model::Activation::relu, model::Activation::gelu}) {
      for (const double rate : {0.0, 0.3}) {
        SCOPED_TRACE(fmt::format("{} {} {}", shape[1], enum_name(activation), rate));
        expect_same(feed_forward_by(feed_forward, activation, rate),
                    feed_forward_by(composite::feed_forward, activation, rate),
                    feed_forward_inputs(shape));
        expect_same_in_bf16(feed_forward_by(feed_forward, activation, rate, Precision::bf16),
                            feed_forward_by(composite::feed_forward, activation, rate),
                            feed_forward_inputs(shape));
      }
    }
  }
}

TEST(FeedForward, GradientsEqualFiniteDifferences) {
  expect_gradients_equal_finite_differences(
      feed_forward_by(composite::feed_forward, model::Activation::gelu, 0.3),
      feed_forward_inputs({2, 5, 6}));
}

// Random sets of events that each have the target.
LossTargets random_targets(std::int64_t rows, std::int64_t V) {
  const auto events = (torch::arange(rows) * 7 + 3).remainder(V);
  torch::manual_seed(9);
  const auto is_allowed = torch::rand({rows, V}) < 0.4;
  is_allowed.scatter_(1, events.unsqueeze(1), true);
  const auto words = allowed_words(V);
  auto allowed = torch::zeros({rows, words}, torch::kLong);
  for (std::int64_t event = 0; event < V; ++event) {
    allowed.select(1, event / 64)
        .bitwise_or_(is_allowed.select(1, event).to(torch::kLong).bitwise_left_shift(event % 64));
  }
  return {.events = events, .allowed = allowed};
}

Operation output_loss_by(decltype(output_loss)* operation, const LossTargets& targets,
                         const LossWeights& weights, Precision precision = Precision::f32) {
  return [=](const Tensors& in) {
    return operation(in[0], {{in[1], in[2]}, in[3], in[4], precision}, targets, weights).objective;
  };
}

Tensors output_loss_inputs(std::int64_t rows, std::int64_t C, std::int64_t V) {
  return random_tensors({{rows, C}, {C}, {C}, {V, C}, {V}});
}

constexpr std::array kLossWeights = {LossWeights{}, LossWeights{.smoothing = 0.2},
                                     LossWeights{.grammar = 0.1},
                                     LossWeights{.smoothing = 0.2, .grammar = 0.3}};

TEST(OutputLoss, EqualsComposite) {
  for (const std::int64_t rows : {1, 300, 777}) {
    for (const auto& weights : kLossWeights) {
      for (const std::int64_t V : {39, 64, 150}) {
        SCOPED_TRACE(fmt::format("{} {} {} {}", rows, V, weights.smoothing, weights.grammar));
        auto targets = random_targets(rows, V);
        for (const bool all : {false, true}) {
          if (all) targets.allowed = Tensor();
          expect_same(output_loss_by(output_loss, targets, weights),
                      output_loss_by(composite::output_loss, targets, weights),
                      output_loss_inputs(rows, 24, V));
          expect_same_in_bf16(output_loss_by(output_loss, targets, weights, Precision::bf16),
                              output_loss_by(composite::output_loss, targets, weights),
                              output_loss_inputs(rows, 24, V));
        }
      }
    }
  }
}

TEST(OutputLoss, GradientsEqualFiniteDifferences) {
  for (const auto& weights : kLossWeights) {
    expect_gradients_equal_finite_differences(
        output_loss_by(composite::output_loss, random_targets(5, 9), weights),
        output_loss_inputs(5, 6, 9));
  }
}

// The definition, in plain loops: docs/design.md section 2.
TEST(OutputLoss, EqualsItsDefinition) {
  constexpr std::int64_t kRows = 50, V = 90;
  const auto in = output_loss_inputs(kRows, 24, V);
  const auto targets = random_targets(kRows, V);
  const auto logits = torch::linear(torch::layer_norm(in[0], {24}, in[1], in[2]), in[3], in[4]);
  const auto z = logits.accessor<double, 2>();
  const auto allowed = targets.allowed.accessor<std::int64_t, 2>();
  for (const auto& weights : kLossWeights) {
    double nll = 0, nll_grammar = 0, objective = 0;
    auto nlls = torch::zeros({kRows}, torch::kDouble), nlls_grammar = torch::zeros_like(nlls);
    for (std::int64_t row = 0; row < kRows; ++row) {
      double sum = 0, sum_allowed = 0, mean_log_p = 0;
      int outputs = 0;
      const auto is_allowed = [&](std::int64_t v) {
        return ((allowed[row][v / 64] >> (v % 64)) & 1) != 0;
      };
      for (std::int64_t v = 0; v < V; ++v) {
        sum += std::exp(z[row][v]);
        if (is_allowed(v)) sum_allowed += std::exp(z[row][v]);
        outputs += is_allowed(v);
      }
      for (std::int64_t v = 0; v < V; ++v) {
        if (is_allowed(v)) mean_log_p += std::log(std::exp(z[row][v]) / sum_allowed) / outputs;
      }
      const auto target = targets.events[row].item<std::int64_t>();
      const double log_p = std::log(std::exp(z[row][target]) / sum_allowed);
      const double log_allowed = std::log(sum_allowed / sum);
      nll -= log_p + log_allowed;
      nll_grammar -= log_p;
      nlls[row] = -log_p - log_allowed;
      nlls_grammar[row] = -log_p;
      objective -= (1 - weights.smoothing) * log_p + weights.smoothing * mean_log_p +
                   weights.grammar * log_allowed;
    }
    const auto check = [&](const LossTerms& terms, double error) {
      EXPECT_NEAR(terms.nll.item<double>(), nll, error);
      EXPECT_NEAR(terms.nll_grammar.item<double>(), nll_grammar, error);
      EXPECT_NEAR(terms.objective.item<double>(), objective, error);
      EXPECT_LT(distance(terms.of_rows, torch::stack({nlls, nlls_grammar}, 1)), error);
    };
    const OutputLayer layer{{in[1], in[2]}, in[3], in[4]};
    check(composite::output_loss(in[0], layer, targets, weights), 1e-9);
    Tensors single;
    for (const auto& tensor : in) single.push_back(tensor.to(torch::kFloat));
    const OutputLayer single_layer{{single[1], single[2]}, single[3], single[4]};
    check(output_loss(single[0], single_layer, targets, weights), 1e-4);
  }
}

// The plain loss does not depend on the grammar by a bit.
TEST(OutputLoss, WithWeightOneTheGrammarChangesNoBit) {
  const auto in = output_loss_inputs(300, 24, 90);
  auto targets = random_targets(300, 90);
  const auto with =
      result_and_gradients(output_loss_by(output_loss, targets, LossWeights{}), in, torch::kFloat);
  targets.allowed = Tensor();
  const auto without =
      result_and_gradients(output_loss_by(output_loss, targets, LossWeights{}), in, torch::kFloat);
  for (std::size_t i = 0; i < with.size(); ++i) EXPECT_TRUE(torch::equal(with[i], without[i])) << i;
}

TEST(OutputLoss, LossIsTheSameWithoutGradientMode) {
  const auto in = output_loss_inputs(300, 24, 39);
  Tensors single;
  for (const auto& tensor : in) single.push_back(tensor.to(torch::kFloat).requires_grad_());
  const auto targets = random_targets(300, 39);
  const auto loss = [&](const Tensors& of) {
    return output_loss(of[0], {{of[1], of[2]}, of[3], of[4]}, targets,
                       {.smoothing = 0.1, .grammar = 0.1});
  };
  const auto with = loss(single), exact = loss(in);
  const torch::NoGradGuard no_grad;
  const auto without = loss(single);
  EXPECT_EQ(without.nll.item<double>(), with.nll.item<double>());
  EXPECT_EQ(without.nll_grammar.item<double>(), with.nll_grammar.item<double>());
  EXPECT_EQ(without.objective.item<double>(), with.objective.item<double>());
  EXPECT_LT(distance(with.nll, exact.nll), kTolerance);
  EXPECT_FALSE(with.nll.requires_grad());
  EXPECT_FALSE(with.nll_grammar.requires_grad());
}

// Logits as large as those of a diverging run; the largest ones are forbidden in some rows.
TEST(OutputLoss, LargeLogitsGiveFiniteLossAndGradient) {
  for (const auto& weights : kLossWeights) {
    const auto x = torch::randn({4, 16}).requires_grad_();
    const auto weight = torch::randn({5, 16}) * 1e4;
    const auto ones = torch::ones({16}), zeros = torch::zeros({16});
    const LossTargets targets{torch::tensor({0, 1, 2, 4}),
                              torch::tensor({1, 2, 4, 16}).unsqueeze(1)};
    const auto loss = output_loss(x, {{ones, zeros}, weight, torch::zeros({5})}, targets, weights);
    EXPECT_TRUE(std::isfinite(loss.nll.item<double>()));
    EXPECT_TRUE(std::isfinite(loss.nll_grammar.item<double>()));
    EXPECT_TRUE(std::isfinite(loss.objective.item<double>()));
    loss.objective.backward();
    EXPECT_TRUE(torch::isfinite(x.grad()).all().item<bool>());
  }
}

}  // namespace
}  // namespace pno::train
