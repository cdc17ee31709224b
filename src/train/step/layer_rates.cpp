#include "train/step/layer_rates.h"

namespace pno::train {

LayerRates::LayerRates(const MusicTransformer& model, const std::vector<double>& factors) {
  PNO_CHECK(factors.size() == model.list().size(), "each parameter has a factor");
  std::int64_t first = 0;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const auto& parameter = model.list()[i];
    const auto size = parameter.size();
    if (factors[i] == 0) model.parameter(parameter.name).requires_grad_(false);
    if (factors[i] != 1) {
      const bool continues = !parts_.empty() && parts_.back().factor == factors[i] &&
                             parts_.back().first + parts_.back().size == first;
      if (continues) {
        parts_.back().size += size;
      } else {
        parts_.push_back({.first = first, .size = size, .factor = factors[i], .before = {}});
      }
    }
    first += size;
  }
}

void LayerRates::before_update(const torch::Tensor& parameters) {
  for (auto& part : parts_) part.before = parameters.narrow(0, part.first, part.size).clone();
}

void LayerRates::after_update(const torch::Tensor& parameters) const {
  const torch::NoGradGuard no_grad;
  for (const auto& part : parts_) {
    const auto now = parameters.narrow(0, part.first, part.size);
    if (part.factor == 0) {
      now.copy_(part.before);
    } else {
      now.sub_(part.before).mul_(part.factor).add_(part.before);
    }
  }
}

}  // namespace pno::train
