#include "train/optimizer.h"

#include <cmath>

namespace pno::train {

AdamW::AdamW(const TrainConfig& config, const torch::Tensor& parameters,
             const std::vector<model::Parameter>& list)
    : config_(config),
      mean_(torch::zeros_like(parameters)),
      square_(torch::zeros_like(parameters)) {
  std::int64_t first = 0;
  for (const auto& parameter : list) {
    if (parameter.shape.size() > 1) decayed_.emplace_back(first, parameter.size());
    first += parameter.size();
  }
}

void AdamW::update(const torch::Tensor& parameters, const torch::Tensor& gradient,
                   std::int64_t step, double learning_rate) {
  const torch::NoGradGuard no_grad;
  if (config_.weight_decay > 0) {
    for (const auto& [first, size] : decayed_) {
      parameters.narrow(0, first, size).mul_(1 - learning_rate * config_.weight_decay);
    }
  }
  mean_.mul_(config_.beta1).add_(gradient, 1 - config_.beta1);
  square_.mul_(config_.beta2).addcmul_(gradient, gradient, 1 - config_.beta2);
  const auto steps = static_cast<double>(step);
  const double mean_bias = 1 - std::pow(config_.beta1, steps);
  const double square_bias = 1 - std::pow(config_.beta2, steps);
  const auto root = square_.sqrt().div_(std::sqrt(square_bias)).add_(config_.epsilon);
  parameters.addcdiv_(mean_, root, -learning_rate / mean_bias);
}

double clip_norm(const torch::Tensor& gradient, double longest) {
  const double length = gradient.norm().item<double>();
  if (longest > 0 && length > longest) gradient.mul_(longest / length);
  return length;
}

}  // namespace pno::train
