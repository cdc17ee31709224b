#pragma once

// What the caller of train() chooses, and what it is told. Without LibTorch.

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/config.h"
#include "train/config.h"
#include "train/rank_options.h"

namespace pno::train {

enum class Device { automatic, cpu, cuda };
constexpr auto enum_names(Device) {
  return std::array{"auto", "cpu", "cuda"};
}

struct TrainOptions {
  std::vector<DatasetSource> datasets;
  std::filesystem::path run;
  model::ModelConfig model;
  TrainConfig train;
  std::string preset;  // its name, for the model file; may be empty
  // A model file of the same shape whose weights the run begins from; empty: random ones. A resumed
  // run need not name it again.
  std::filesystem::path init_from;
  Device device = Device::automatic;
  int threads = 0;    // 0: one for each core, or a share of them for each rank on this machine
  RankOptions ranks;  // which of several processes this is that train together; alone as it is
  bool resume = false;
  bool override_config = false;       // go on with another configuration, where that may change
  std::int64_t checkpoint_steps = 0;  // 0: by minutes
  double checkpoint_minutes = 5;
  int keep_checkpoints = 2;   // the last ones
  double sample_minutes = 0;  // between calls of on_sample; 0: none but at the end
  double max_minutes = 0;     // stop after so long, with a checkpoint; 0: no limit
};

// Given the step, and a model file in RUN/samples with the weights after it, which is the
// listener's to remove. The run waits meanwhile, so it should take them elsewhere and return.
using SampleListener = std::function<void(std::int64_t step, const std::filesystem::path& model)>;

// Told after every step, then after its validation and its checkpoint where it has them, and where
// a resumed run has something to say.
struct StepReport {
  std::int64_t step = 0, steps = 0;  // 0 steps: it is not known how many there will be
  // NLL in nats per token, mean over the targets of the steps between two lines of metrics.jsonl
  // (ten steps), before each step's update and with its dropout: of the last such line. This is
  // train_nll wherever it stands.
  std::optional<double> train_nll = {};
  double learning_rate = 0;
  double tokens_per_s = 0;                    // in the steps of this call
  std::optional<double> validation_nll = {};  // the latest
  bool validated = false;                     // it is of just now
  std::optional<double> seconds_left = {};    // to the last step, or the limit of minutes
  std::string note = {};                      // "checkpoint written", "best so far"; mostly empty
};

enum class Ending { steps, epochs, minutes, patience };
constexpr auto enum_names(Ending) {
  return std::array{"steps", "epochs", "minutes", "patience"};
}

struct TrainResult {
  std::int64_t steps = 0;
  Ending ending = Ending::steps;         // what the run was long enough for
  std::int64_t tokens = 0;               // targets seen, in this call
  double tokens_per_s = 0;               // in its steps, without validations and checkpoints
  std::optional<double> train_nll;       // as in StepReport
  std::optional<double> validation_nll;  // of the saved model
  double peak_rss_mb = 0;
  double seconds = 0;
  std::string device;  // "cpu, 2 threads, OpenBLAS"
};

}  // namespace pno::train
