#include "train/step/optimizer.h"

#include <cmath>

#include "train/kernels/adamw_kernels.h"
#include "train/layers/row_tasks.h"

namespace pno::train {
namespace {

constexpr std::int64_t kGrain = 1 << 15;  // least elements per thread

}  // namespace

AdamW::AdamW(const TrainConfig& config, const torch::Tensor& parameters,
             const std::vector<model::Parameter>& list)
    : config_(config),
      mean_(torch::zeros_like(parameters)),
      square_(torch::zeros_like(parameters)) {
  std::int64_t first = 0;
  for (const auto& parameter : list) {
    segments_.push_back({first, parameter.size(), parameter.shape.size() > 1});
    first += parameter.size();
  }
}

void AdamW::update(const torch::Tensor& parameters, const torch::Tensor& gradient,
                   std::int64_t step, double learning_rate, double gradient_factor) {
  const torch::NoGradGuard no_grad;
  const auto steps = static_cast<double>(step);
  const Rates rates{.rate = learning_rate / (1 - std::pow(config_.beta1, steps)),
                    .root_factor = 1 / std::sqrt(1 - std::pow(config_.beta2, steps)),
                    .decay = 1 - learning_rate * config_.weight_decay};
  if (has_row_kernels(parameters)) {
    update_fused(parameters, gradient, rates, gradient_factor);
  } else {
    update_composite(parameters, gradient, rates, gradient_factor);
  }
}

void AdamW::update_fused(const torch::Tensor& parameters, const torch::Tensor& gradient,
                         const Rates& rates, double gradient_factor) {
  AdamWStep plain{.gradient_factor = static_cast<float>(gradient_factor),
                  .beta1 = static_cast<float>(config_.beta1),
                  .beta2 = static_cast<float>(config_.beta2),
                  .epsilon = static_cast<float>(config_.epsilon),
                  .rate = static_cast<float>(rates.rate),
                  .root_factor = static_cast<float>(rates.root_factor),
                  .decay = 1};
  auto decaying = plain;
  decaying.decay = static_cast<float>(rates.decay);
  for (const auto& segment : segments_) {
    at::parallel_for(0, segment.size, kGrain, [&](std::int64_t begin, std::int64_t end) {
      const auto at = [&](const torch::Tensor& flat) {
        return flat.data_ptr<float>() + segment.first + begin;
      };
      adamw(segment.decays ? decaying : plain, at(parameters), at(gradient), at(mean_), at(square_),
            end - begin);
    });
  }
}

void AdamW::update_composite(const torch::Tensor& parameters, const torch::Tensor& gradient,
                             const Rates& rates, double gradient_factor) {
  if (config_.weight_decay > 0) {
    for (const auto& segment : segments_) {
      if (segment.decays) parameters.narrow(0, segment.first, segment.size).mul_(rates.decay);
    }
  }
  const auto g = gradient_factor == 1 ? gradient : gradient * gradient_factor;
  mean_.mul_(config_.beta1).add_(g, 1 - config_.beta1);
  square_.mul_(config_.beta2).addcmul_(g, g, 1 - config_.beta2);
  const auto root = square_.sqrt().mul_(rates.root_factor).add_(config_.epsilon);
  parameters.addcdiv_(mean_, root, -rates.rate);
}

double norm_of(const torch::Tensor& gradient) {
  if (!has_row_kernels(gradient)) return gradient.norm().item<double>();
  // Parts of a fixed size, added in order: the sum does not depend on the number of threads.
  const auto size = gradient.numel(), parts = (size + kGrain - 1) / kGrain;
  std::vector<double> sums(static_cast<std::size_t>(parts));
  at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto part = begin; part < end; ++part) {
      const auto first = part * kGrain;
      sums[static_cast<std::size_t>(part)] =
          sum_of_squares(gradient.data_ptr<float>() + first, std::min(kGrain, size - first));
    }
  });
  double sum = 0;
  for (const double part : sums) sum += part;
  return std::sqrt(sum);
}

double clip_factor(double norm, double largest) {
  return largest > 0 && norm > largest ? largest / norm : 1;
}

}  // namespace pno::train
