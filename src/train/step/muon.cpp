#include "train/step/muon.h"

#include <algorithm>
#include <cmath>

#include "train/kernels/orthogonalise.h"
#include "train/layers/row_tasks.h"

namespace pno::train {
namespace {

double change_scale(std::int64_t rows, std::int64_t columns) {
  return 0.2 * std::sqrt(static_cast<double>(std::max(rows, columns)));
}

}  // namespace

void Muon::add(const model::Parameter& parameter, std::int64_t first) {
  PNO_CHECK(parameter.matrices > 0, "the parameter is a matrix of a layer");
  groups_.push_back({.first = first,
                     .count = parameter.matrices,
                     .rows = parameter.shape[0] / parameter.matrices,
                     .columns = parameter.shape[1]});
}

void Muon::update(const UpdateBuffers& buffers, const UpdateRates& rates) const {
  const torch::NoGradGuard no_grad;
  const double rate = config_.muon_rate * rates.learning_rate;
  const Factors factors{.momentum = config_.muon_momentum,
                        .rate = rate,
                        .kept = 1 - rate * rates.weight_decay,
                        .gradient_factor = rates.gradient_factor};
  if (has_row_kernels(buffers.parameters)) {
    update_fused(buffers, factors);
  } else {
    update_composite(buffers, factors);
  }
}

void Muon::update_fused(const UpdateBuffers& buffers, const Factors& factors) const {
  struct Matrix {
    std::int64_t first, rows, columns;
  };
  std::vector<Matrix> all;
  std::int64_t largest = 0, scratch_floats = 0;
  for (const auto& group : groups_) {
    const auto size = group.rows * group.columns;
    for (std::int64_t i = 0; i < group.count; ++i) {
      all.push_back({group.first + i * size, group.rows, group.columns});
    }
    largest = std::max(largest, size);
    scratch_floats = std::max(
        scratch_floats,
        static_cast<std::int64_t>(orthogonalise_scratch_floats(group.rows, group.columns)));
  }
  const auto momentum = static_cast<float>(factors.momentum);
  const auto gradient_factor = static_cast<float>(factors.gradient_factor);
  const auto kept = static_cast<float>(factors.kept);
  at::parallel_for(0, static_cast<std::int64_t>(all.size()), 1, [&](auto begin, auto end) {
    const auto ahead_tensor = torch::empty({largest}), scratch = torch::empty({scratch_floats});
    auto* const ahead = ahead_tensor.template data_ptr<float>();
    for (auto i = begin; i < end; ++i) {
      const auto [first, rows, columns] = all[static_cast<std::size_t>(i)];
      const auto size = rows * columns;
      auto* const weight = buffers.parameters.template data_ptr<float>() + first;
      auto* const mean = buffers.mean.template data_ptr<float>() + first;
      const auto* const gradient = buffers.gradient.template data_ptr<float>() + first;
      for (std::int64_t j = 0; j < size; ++j) {
        const float g = (1 - momentum) * gradient_factor * gradient[j];
        mean[j] = momentum * mean[j] + g;
        ahead[j] = momentum * mean[j] + g;
      }
      orthogonalise(ahead, rows, columns, scratch.template data_ptr<float>());
      const auto change = static_cast<float>(factors.rate * change_scale(rows, columns));
      for (std::int64_t j = 0; j < size; ++j) weight[j] = kept * weight[j] - change * ahead[j];
    }
  });
}

void Muon::update_composite(const UpdateBuffers& buffers, const Factors& factors) const {
  for (const auto& group : groups_) {
    const auto part = [&](const torch::Tensor& flat) {
      return flat.narrow(0, group.first, group.count * group.rows * group.columns)
          .view({group.count, group.rows, group.columns});
    };
    const auto weight = part(buffers.parameters), mean = part(buffers.mean);
    const auto g = part(buffers.gradient) * ((1 - factors.momentum) * factors.gradient_factor);
    mean.mul_(factors.momentum).add_(g);
    const auto change = orthogonalised(mean * factors.momentum + g);
    weight.mul_(factors.kept).add_(change, -factors.rate * change_scale(group.rows, group.columns));
  }
}

torch::Tensor orthogonalised(const torch::Tensor& matrices) {
  const bool is_tall = matrices.size(1) > matrices.size(2);
  auto x = is_tall ? matrices.transpose(1, 2) : matrices;
  x = x / (x.norm(2, {1, 2}, /*keepdim=*/true) + NewtonSchulz::kSmallestNorm);
  for (int iteration = 0; iteration < NewtonSchulz::kIterations; ++iteration) {
    const auto gram = x.bmm(x.transpose(1, 2));
    x = NewtonSchulz::a * x + (NewtonSchulz::b * gram + NewtonSchulz::c * gram.bmm(gram)).bmm(x);
  }
  return is_tall ? x.transpose(1, 2) : x;
}

}  // namespace pno::train
