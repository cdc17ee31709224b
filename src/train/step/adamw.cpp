#include "train/step/adamw.h"

#include <cmath>

#include "train/kernels/adamw_kernels.h"
#include "train/layers/row_tasks.h"

namespace pno::train {
namespace {

constexpr std::int64_t kElementsPerThread = 1 << 15;  // at least

}  // namespace

void AdamW::add(const model::Parameter& parameter, std::int64_t first) {
  const bool decays = parameter.shape.size() > 1;
  if (!segments_.empty()) {
    auto& last = segments_.back();
    if (last.decays == decays && last.first + last.size == first) {
      last.size += parameter.size();
      return;
    }
  }
  segments_.push_back({.first = first, .size = parameter.size(), .decays = decays});
}

void AdamW::update(const UpdateBuffers& buffers, const UpdateRates& rates) const {
  const torch::NoGradGuard no_grad;
  const auto steps = static_cast<double>(rates.step);
  const Factors factors{.rate = rates.learning_rate / (1 - std::pow(config_.beta1, steps)),
                        .root_factor = 1 / std::sqrt(1 - std::pow(config_.beta2, steps)),
                        .kept = 1 - rates.learning_rate * rates.weight_decay};
  if (has_row_kernels(buffers.parameters)) {
    update_fused(buffers, factors, rates.gradient_factor);
  } else {
    update_composite(buffers, factors, rates.gradient_factor);
  }
}

void AdamW::update_fused(const UpdateBuffers& buffers, const Factors& factors,
                         double gradient_factor) const {
  AdamWStep plain{.gradient_factor = static_cast<float>(gradient_factor),
                  .beta1 = static_cast<float>(config_.beta1),
                  .beta2 = static_cast<float>(config_.beta2),
                  .epsilon = static_cast<float>(config_.epsilon),
                  .rate = static_cast<float>(factors.rate),
                  .root_factor = static_cast<float>(factors.root_factor),
                  .decay = 1};
  auto decaying = plain;
  decaying.decay = static_cast<float>(factors.kept);
  for (const auto& segment : segments_) {
    at::parallel_for(
        0, segment.size, kElementsPerThread, [&](std::int64_t begin, std::int64_t end) {
          const auto at = [&](const torch::Tensor& flat) {
            return flat.data_ptr<float>() + segment.first + begin;
          };
          adamw(segment.decays ? decaying : plain, at(buffers.parameters), at(buffers.gradient),
                at(buffers.mean), at(buffers.square), end - begin);
        });
  }
}

void AdamW::update_composite(const UpdateBuffers& buffers, const Factors& factors,
                             double gradient_factor) const {
  for (const auto& segment : segments_) {
    const auto part = [&](const torch::Tensor& flat) {
      return flat.narrow(0, segment.first, segment.size);
    };
    const auto parameters = part(buffers.parameters), gradient = part(buffers.gradient);
    const auto mean = part(buffers.mean), square = part(buffers.square);
    if (segment.decays && factors.kept != 1) parameters.mul_(factors.kept);
    const auto g = gradient_factor == 1 ? gradient : gradient * gradient_factor;
    mean.mul_(config_.beta1).add_(g, 1 - config_.beta1);
    square.mul_(config_.beta2).addcmul_(g, g, 1 - config_.beta2);
    const auto root = square.sqrt().mul_(factors.root_factor).add_(config_.epsilon);
    parameters.addcdiv_(mean, root, -factors.rate);
  }
}

}  // namespace pno::train
