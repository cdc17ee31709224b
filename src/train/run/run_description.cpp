#include "train/run/run_description.h"

namespace pno::train {

TextFields run_config(const TrainOptions& options, const TrainConfig& train,
                      const TrainingData& data, const std::optional<StartModel>& start) {
  auto config = data.metadata;
  put_fields(options.model, "model.", config);
  put_fields(options.train, "training.", config);
  config["training.precision"] = enum_name(train.precision);  // never "auto"
  if (start) config.insert(start->metadata.begin(), start->metadata.end());
  return config;
}

}  // namespace pno::train
