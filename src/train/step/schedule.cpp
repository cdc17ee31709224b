#include "train/step/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace pno::train {

constexpr double kCosineFloor = 0.1;  // rate of the last step, relative to the peak

double learning_rate(const TrainConfig& config, std::int64_t step) {
  const auto now = static_cast<double>(step);
  const auto warmup = static_cast<double>(config.warmup_steps);
  if (step < config.warmup_steps) return config.learning_rate * now / warmup;
  switch (config.schedule) {
    case Schedule::noam:
      return config.learning_rate * std::sqrt(std::max(warmup, 1.0) / now);
    case Schedule::constant:
      return config.learning_rate;
    case Schedule::cosine:
      break;
  }
  const double falling = std::max(1.0, static_cast<double>(config.steps) - warmup);
  const double progress = std::min(1.0, (now - warmup) / falling);
  const double height = (1 + std::cos(std::numbers::pi * progress)) / 2;
  return config.learning_rate * (kCosineFloor + (1 - kCosineFloor) * height);
}

}  // namespace pno::train
