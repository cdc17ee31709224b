#pragma once

// The weight of a group of events, so that a bias within it can leave the group as likely as it
// was.

#include <cmath>
#include <cstddef>
#include <span>

#include "infer/music/music_state.h"

namespace pno::infer {

// log Σ exp(logits[i]) over those without a fault; 0 where there is none or none is finite.
inline double log_mass(std::span<const float> logits, std::span<const Fault> faults) noexcept {
  double greatest = -HUGE_VAL, sum = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (faults[i] == Fault::none && logits[i] > greatest) greatest = logits[i];
  }
  if (!std::isfinite(greatest)) return 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (faults[i] == Fault::none && logits[i] > -HUGE_VALF) sum += std::exp(logits[i] - greatest);
  }
  return greatest + std::log(sum);
}

inline void add(std::span<float> logits, double bias) noexcept {
  for (float& logit : logits) logit += static_cast<float>(bias);
}

}  // namespace pno::infer
