#include "live/loudness_bias.h"

#include <algorithm>
#include <cmath>

namespace pno::live {
namespace {

// log of the sum of exp(logits); -infinity if all logits are.
double log_sum(std::span<const float> logits) noexcept {
  const double most = *std::max_element(logits.begin(), logits.end());
  if (!std::isfinite(most)) return most;
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - most);
  return most + std::log(sum);
}

}  // namespace

void bias_loudness(const events::Vocabulary& vocabulary, double target_velocity,
                   std::span<float> logits) noexcept {
  const auto velocities =
      logits.subspan(vocabulary.velocity(0), static_cast<std::size_t>(vocabulary.velocity_bins));
  const double before = log_sum(velocities);
  for (std::size_t bin = 0; bin < velocities.size(); ++bin) {
    const double away = vocabulary.bin_velocity(static_cast<int>(bin)) - target_velocity;
    velocities[bin] -= static_cast<float>(away * away / (2 * kLoudnessSpread * kLoudnessSpread));
  }
  const double change = before - log_sum(velocities);
  if (!std::isfinite(change)) return;
  for (float& logit : velocities) logit += static_cast<float>(change);
}

}  // namespace pno::live
