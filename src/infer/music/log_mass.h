#pragma once

// The probability mass of a group of events, so that biases within the group can keep it constant.

#include <cmath>
#include <cstddef>
#include <span>

#include "infer/music/music_state.h"

namespace pno::infer {

// log Σ exp(logits[i]) over events without a fault; 0 if there is none with a finite logit.
inline double log_mass(std::span<const float> logits, std::span<const Fault> faults) noexcept {
  double max = -HUGE_VAL, sum = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (faults[i] == Fault::none && logits[i] > max) max = logits[i];
  }
  if (!std::isfinite(max)) return 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (faults[i] == Fault::none && logits[i] > -HUGE_VALF) sum += std::exp(logits[i] - max);
  }
  return max + std::log(sum);
}

// logits[i] += bias
inline void add(std::span<float> logits, double bias) noexcept {
  for (float& logit : logits) logit += static_cast<float>(bias);
}

}  // namespace pno::infer
