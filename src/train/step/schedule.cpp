#include "train/step/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace pno::train {

namespace {

constexpr double kCosineFloor = 0.1;  // rate of the last step, relative to the peak

double cosine(const TrainConfig& config, double now) {
  const auto warmup = static_cast<double>(config.warmup_steps);
  const double falling = std::max(1.0, static_cast<double>(config.steps) - warmup);
  const double progress = std::min(1.0, (now - warmup) / falling);
  const double height = (1 + std::cos(std::numbers::pi * progress)) / 2;
  return kCosineFloor + (1 - kCosineFloor) * height;
}

// The step after the last has the rate 0, so that the last one still learns.
double falls_at_the_end(const TrainConfig& config, double now) {
  const auto steps = static_cast<double>(config.steps);
  const double falling = std::max(1.0, config.cooldown * steps);
  return std::clamp((steps + 1 - now) / falling, 0.0, 1.0);
}

}  // namespace

double learning_rate(const TrainConfig& config, std::int64_t step) {
  const auto now = static_cast<double>(step);
  const auto warmup = static_cast<double>(config.warmup_steps);
  if (step < config.warmup_steps) return config.learning_rate * now / warmup;
  switch (config.schedule) {
    case Schedule::noam:
      return config.learning_rate * std::sqrt(std::max(warmup, 1.0) / now);
    case Schedule::constant:
      return config.learning_rate;
    case Schedule::wsd:
      return config.learning_rate * falls_at_the_end(config, now);
    case Schedule::cosine:
      break;
  }
  return config.learning_rate * cosine(config, now);
}

double weight_decay(const TrainConfig& config, std::int64_t step) {
  if (config.final_decay == 1) return config.weight_decay;
  const double progress =
      std::min(1.0, static_cast<double>(step) / static_cast<double>(config.steps));
  return config.weight_decay * (1 + (config.final_decay - 1) * progress);
}

}  // namespace pno::train
