#include "train/config.h"

#include <cmath>
#include <string_view>

namespace pno::train {
namespace {

template <class T>
Expected<void> in_range(std::string_view name, T value, T low, T high) {
  if (value >= low && value <= high) return {};
  return fail_usage("{} is {}; it must be from {} to {}", name, value, low, high);
}

// Fields that only a model with roles uses must not be set for another one, and the other way
// round.
Expected<void> check_tasks(const TrainConfig& config) {
  const TrainConfig unset;
  double sum = 0;
  Expected<void> result;
  TrainConfig::fields(config, [&](std::string_view name, const auto& value, std::string_view) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, double>) {
      if (!name.starts_with("task_") || !result) return;
      result = in_range(name, value, 0.0, 1e6);
      sum += value;
    }
  });
  PNO_TRY_VOID(result);
  PNO_TRY_VOID(in_range<std::int64_t>("validation_examples", config.validation_examples, 0,
                                      TrainConfig::kMostBatch));
  if (config.has_roles()) {
    if (config.crops != CropStart::notes) {
      return fail_usage("crops is {}; the examples of a model with roles begin with notes",
                        enum_name(config.crops));
    }
    return sum > 0 ? Expected<void>()
                   : fail_usage("all tasks have the weight 0; give one of them more");
  }
  auto plain = config;
  plain.task_plain = unset.task_plain;
  plain.task_infill = unset.task_infill;
  plain.task_accompany = unset.task_accompany;
  plain.task_realise = unset.task_realise;
  plain.task_duet = unset.task_duet;
  plain.validation_examples = unset.validation_examples;
  if (plain == config) return {};
  return fail_usage(
      "weights of tasks and validation_examples are for models with roles, but the vocabulary is "
      "'{}'; use '{}+', or leave them out",
      config.vocabulary, config.vocabulary);
}

}  // namespace

Expected<events::Vocabulary> TrainConfig::events() const {
  auto name = std::string_view(vocabulary);
  if (has_roles()) name.remove_suffix(1);
  return events::vocabulary_by_name(name);
}

Expected<void> TrainConfig::validate() const {
  PNO_TRY_VOID(in_range<std::int64_t>("steps", steps, 0, kMostSteps));
  PNO_TRY_VOID(in_range("epochs", epochs, 0.0, 1e6));
  PNO_TRY_VOID(in_range<std::int64_t>("patience", patience, 0, kMostSteps));
  const bool needs_steps =
      schedule == Schedule::cosine || schedule == Schedule::wsd || final_decay != 1;
  if (steps == 0 && epochs <= 0 && needs_steps) {
    return fail_usage(
        "steps and epochs are 0, but {} needs the number of steps: set one of them, or use the "
        "schedule constant or noam and a final_decay of 1",
        final_decay != 1 ? "final_decay" : fmt::format("the {} schedule", enum_name(schedule)));
  }
  PNO_TRY_VOID(in_range("batch", batch, 1, kMostBatch));
  PNO_TRY_VOID(in_range<std::int64_t>("batch_tokens", batch_tokens, 0, std::int64_t{1} << 32));
  PNO_TRY_VOID(in_range("accumulate", accumulate, 1, batch_tokens > 0 ? kMostBatch : batch));
  if (!(learning_rate > 0) || !std::isfinite(learning_rate)) {
    return fail_usage("learning_rate is {}; it must be more than 0", learning_rate);
  }
  PNO_TRY_VOID(in_range<std::int64_t>("warmup_steps", warmup_steps, 0, kMostSteps));
  PNO_TRY_VOID(in_range("cooldown", cooldown, 0.0, 1.0));
  PNO_TRY_VOID(in_range("muon_rate", muon_rate, 1e-6, 1e6));
  PNO_TRY_VOID(in_range("muon_momentum", muon_momentum, 0.0, 0.9999999));
  PNO_TRY_VOID(in_range("final_decay", final_decay, 0.0, 1000.0));
  PNO_TRY_VOID(in_range("beta1", beta1, 0.0, 0.9999999));
  PNO_TRY_VOID(in_range("beta2", beta2, 0.0, 0.9999999));
  PNO_TRY_VOID(in_range("epsilon", epsilon, 1e-30, 1.0));
  PNO_TRY_VOID(in_range("weight_decay", weight_decay, 0.0, 100.0));
  PNO_TRY_VOID(in_range("clip_norm", clip_norm, 0.0, 1e30));
  PNO_TRY_VOID(in_range("label_smoothing", label_smoothing, 0.0, 0.99));
  if (!(grammar_weight > 0 && grammar_weight <= 1)) {
    return fail_usage(
        "grammar_weight is {}; it must be more than 0 and at most 1. With 0 the outputs of events "
        "that the grammar forbids would never be trained",
        grammar_weight);
  }
  PNO_TRY_VOID(in_range("ema_decay", ema_decay, 0.0, 0.9999999));
  PNO_TRY_VOID(in_range("max_transpose", max_transpose, 0, 60));
  PNO_TRY_VOID(in_range("max_stretch", max_stretch, 0.0, 0.9));
  PNO_TRY_VOID(in_range<std::int64_t>("validation_steps", validation_steps, 0, kMostSteps));
  PNO_TRY_VOID(in_range<std::int64_t>("validation_windows", validation_windows, 0, kMostSteps));
  const auto known = events();
  if (!known) return fail_usage("vocabulary: {}", known.error().message);
  return check_tasks(*this);
}

}  // namespace pno::train
