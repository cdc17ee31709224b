// Times the fused operations of a training step and LibTorch's operations, forward and backward
// together.
//
//   OMP_WAIT_POLICY=PASSIVE build/bench/bench/train_bench

#include <benchmark/benchmark.h>

#include <array>
#include <functional>

#include "train/layers/feed_forward.h"
#include "train/layers/linear_residual.h"
#include "train/layers/output_loss.h"
#include "train/run/machine.h"
#include "train/step/optimizer.h"

namespace pno::train {
namespace {

constexpr Dropout kDropout{0.1, 1};

// Sizes of a model: rows of a batch, C width, F ff_width, V vocabulary.
struct Sizes {
  std::int64_t rows, C, F, V;
};
const Sizes kPnoAi{16 * 1024, 64, 256, 415}, kWidth256{4 * 1024, 256, 1024, 390},
    kWidth512{2048, 512, 1024, 390};

torch::Tensor leaf(torch::IntArrayRef shape) {
  return (torch::randn(shape) * 0.05).requires_grad_();
}
Norm norm_of(std::int64_t columns) {
  return {torch::ones({columns}).requires_grad_(), leaf({columns})};
}

enum class Way { composite, fused, fused_bf16 };
constexpr std::array kWays = {Way::composite, Way::fused, Way::fused_bf16};
constexpr std::array kWayNames = {"composite", "fused", "fused bf16"};

Precision precision_of(Way way) {
  return way == Way::fused_bf16 ? Precision::bf16 : Precision::f32;
}

using Operation = std::function<torch::Tensor()>;
// Makes the fused or the composite operation for the sizes.
using Make = Operation (*)(const Sizes&, Way way);

Operation make_norm_linear(const Sizes& sizes, Way way) {
  const auto x = leaf({sizes.rows, sizes.C}), matrix = leaf({3 * sizes.C, sizes.C});
  const auto norm = norm_of(sizes.C);
  return [=] {
    return way == Way::composite ? composite::norm_linear(x, norm, matrix, Precision::f32)
                                 : norm_linear(x, norm, matrix, precision_of(way));
  };
}

Operation make_linear_residual(const Sizes& sizes, Way way) {
  const auto x = leaf({sizes.rows, sizes.C}), branch = leaf({sizes.rows, sizes.C});
  const auto matrix = leaf({sizes.C, sizes.C});
  return [=] {
    return way == Way::composite
               ? composite::linear_residual(x, branch, matrix, kDropout, Precision::f32)
               : linear_residual(x, branch, matrix, kDropout, precision_of(way));
  };
}

template <model::Activation activation>
Operation make_feed_forward(const Sizes& sizes, Way way) {
  const auto x = leaf({sizes.rows, sizes.C});
  const FeedForward layer{norm_of(sizes.C),         leaf({sizes.F, sizes.C}), leaf({sizes.F}),
                          leaf({sizes.C, sizes.F}), leaf({sizes.C}),          activation,
                          precision_of(way)};
  return [=] {
    return way == Way::composite ? composite::feed_forward(x, layer, kDropout)
                                 : feed_forward(x, layer, kDropout);
  };
}

Operation make_output_loss(const Sizes& sizes, Way way) {
  const auto x = leaf({sizes.rows, sizes.C});
  const OutputLayer layer{norm_of(sizes.C), leaf({sizes.V, sizes.C}), leaf({sizes.V}),
                          precision_of(way)};
  constexpr LossWeights kWeights{.smoothing = 0.1, .grammar = 0.1};
  // All events but those of the first 64 are allowed.
  auto allowed = torch::full({sizes.rows, allowed_words(sizes.V)}, -1, torch::kLong);
  allowed.select(1, 0).zero_();
  allowed.select(1, sizes.V / 64).fill_((std::int64_t{1} << (sizes.V % 64)) - 1);
  const LossTargets targets{torch::randint(64, sizes.V, {sizes.rows}, torch::kLong), allowed};
  return [=] {
    return (way == Way::composite ? composite::output_loss(x, layer, targets, kWeights)
                                  : output_loss(x, layer, targets, kWeights))
        .objective;
  };
}

void forward_and_backward(benchmark::State& state, Make make, const Sizes& sizes, Way way) {
  const auto operation = make(sizes, way);
  const auto upstream = torch::ones_like(operation());
  for ([[maybe_unused]] auto _ : state) operation().backward(upstream);
}

// Gradient clipping and AdamW in LibTorch's operations, on the same buffers as the fused step.
void composite_step(const TrainConfig& config, const torch::Tensor& parameters,
                    const torch::Tensor& gradient, const torch::Tensor& mean,
                    const torch::Tensor& square) {
  const torch::NoGradGuard no_grad;
  gradient.mul_(1 / gradient.norm().item<double>());
  mean.mul_(config.beta1).add_(gradient, 1 - config.beta1);
  square.mul_(config.beta2).addcmul_(gradient, gradient, 1 - config.beta2);
  parameters.addcdiv_(mean, square.sqrt().add_(config.epsilon), -1e-3);
}

void optimizer_step(benchmark::State& state, bool fused) {
  constexpr std::int64_t kParameters = 13'000'000;
  const TrainConfig config;
  const auto parameters = torch::randn({kParameters}), gradient = torch::randn({kParameters});
  const Optimizer optimizer(config, parameters, {{"all", {1, kParameters}}});
  std::int64_t step = 0;
  for ([[maybe_unused]] auto _ : state) {
    if (fused) {
      const auto factor = clip_factor(train::norm_of(gradient), 1);
      optimizer.update(parameters, gradient,
                       {.step = ++step, .learning_rate = 1e-3, .gradient_factor = factor});
    } else {
      composite_step(config, parameters, gradient, optimizer.mean(), optimizer.square());
    }
  }
}

void register_all() {
  const auto add = [](const std::string& name, auto function) {
    benchmark::RegisterBenchmark(name.c_str(), function)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  };
  const std::vector<std::pair<const char*, Make>> operations = {
      {"norm_linear", make_norm_linear},
      {"linear_residual", make_linear_residual},
      {"feed_forward_relu", make_feed_forward<model::Activation::relu>},
      {"feed_forward_gelu", make_feed_forward<model::Activation::gelu>},
      {"output_loss", make_output_loss}};
  const std::vector<std::pair<const char*, Sizes>> shapes = {
      {"16x1024,64", kPnoAi}, {"4x1024,256", kWidth256}, {"1x2048,512", kWidth512}};
  for (const auto way : kWays) {
    const auto* kind = kWayNames.at(static_cast<std::size_t>(way));
    for (const auto& [operation, make] : operations) {
      for (const auto& [shape, sizes] : shapes) {
        add(fmt::format("{}/{}/{}", operation, shape, kind),
            [=, make = make, sizes = sizes](benchmark::State& state) {
              forward_and_backward(state, make, sizes, way);
            });
      }
    }
    if (way == Way::fused_bf16) continue;  // the optimiser is float32
    add(fmt::format("clip_and_adamw/13M/{}", kind),
        [=](benchmark::State& state) { optimizer_step(state, way == Way::fused); });
  }
}

}  // namespace
}  // namespace pno::train

int main(int argc, char** argv) {
  const auto machine = pno::train::prepare_machine(pno::train::Device::cpu, 0);
  pno::train::register_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return machine ? 0 : 1;
}
