#include "train/step/optimizer.h"

#include <cmath>

#include "train/kernels/adamw_kernels.h"
#include "train/layers/row_tasks.h"

namespace pno::train {

Optimizer::Optimizer(const TrainConfig& config, const torch::Tensor& parameters,
                     const std::vector<model::Parameter>& list)
    : adamw_(config),
      muon_(config),
      mean_(torch::zeros_like(parameters)),
      square_(torch::zeros_like(parameters)) {
  std::int64_t first = 0;
  for (const auto& parameter : list) {
    if (config.optimizer == OptimizerKind::muon && parameter.matrices > 0) {
      muon_.add(parameter, first);
    } else {
      adamw_.add(parameter, first);
    }
    first += parameter.size();
  }
}

void Optimizer::update(const torch::Tensor& parameters, const torch::Tensor& gradient,
                       const UpdateRates& rates) const {
  const UpdateBuffers buffers{
      .parameters = parameters, .gradient = gradient, .mean = mean_, .square = square_};
  adamw_.update(buffers, rates);
  muon_.update(buffers, rates);
}

double norm_of(const torch::Tensor& gradient) {
  if (!has_row_kernels(gradient)) return gradient.norm().item<double>();
  constexpr std::int64_t kPart = 1 << 15;
  // Parts of a fixed size, added in order: the sum does not depend on the number of threads.
  const auto size = gradient.numel(), parts = (size + kPart - 1) / kPart;
  std::vector<double> sums(static_cast<std::size_t>(parts));
  at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto part = begin; part < end; ++part) {
      const auto first = part * kPart;
      sums[static_cast<std::size_t>(part)] =
          sum_of_squares(gradient.data_ptr<float>() + first, std::min(kPart, size - first));
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
