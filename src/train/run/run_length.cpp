#include "train/run/run_length.h"

#include <algorithm>
#include <cmath>

namespace pno::train {

RunLength run_length(const TrainConfig& config, std::int64_t epoch_tokens, int context) {
  if (config.epochs <= 0) return {config.steps, Ending::steps};
  const double step_tokens = static_cast<double>(config.batch) * context;
  const double wanted = std::ceil(config.epochs * static_cast<double>(epoch_tokens) / step_tokens);
  const auto steps = static_cast<std::int64_t>(
      std::clamp(wanted, 1.0, static_cast<double>(TrainConfig::kMostSteps)));
  if (config.steps > 0 && config.steps <= steps) return {config.steps, Ending::steps};
  return {steps, Ending::epochs};
}

Expected<TrainConfig> with_rows(TrainConfig config, int context) {
  if (config.batch_tokens == 0) return config;
  if (config.batch_tokens < context) {
    return fail_usage("batch_tokens is {}; a step holds one crop of {} tokens at least",
                      config.batch_tokens, context);
  }
  config.batch = static_cast<int>(
      std::min<std::int64_t>(config.batch_tokens / context, TrainConfig::kMostBatch));
  if (config.accumulate > config.batch) {
    return fail_usage("accumulate is {}; {} tokens are {} crops of {} tokens, so it may be {}",
                      config.accumulate, config.batch_tokens, config.batch, context, config.batch);
  }
  return config;
}

}  // namespace pno::train
