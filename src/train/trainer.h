#pragma once

// Training: crops in, a run folder out. LibTorch stays behind this header.
//
//   RUN/model.safetensors   best on validation; the last where none was measured
//   RUN/metrics.jsonl       one JSON object a line: step, train_nll, learning_rate, …
//   RUN/checkpoint/         what --resume needs

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "corpus/dataset.h"
#include "model/config.h"
#include "train/config.h"

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
  Device device = Device::automatic;
  int threads = 0;  // 0: one for each core
  bool resume = false;
  std::int64_t checkpoint_steps = 0;  // 0: by minutes
  double checkpoint_minutes = 5;
  double max_minutes = 0;  // stop after so long, with a checkpoint; 0: no limit
};

// Told after every step, then after its validation and its checkpoint where it has them, and where
// a resumed run has something to say.
struct StepReport {
  std::int64_t step = 0, steps = 0;
  double train_nll = 0;  // mean since the last report of a validation
  double learning_rate = 0;
  double tokens_per_s = 0;
  std::optional<double> validation_nll = {};  // the latest
  bool validated = false;                     // it is of just now
  std::string note = {};                      // "checkpoint written", "best so far"; mostly empty
};

struct TrainResult {
  std::int64_t steps = 0;
  std::int64_t tokens = 0;  // targets seen, in this call
  double tokens_per_s = 0;
  std::optional<double> train_nll;       // mean over the last tenth of the steps, if any
  std::optional<double> validation_nll;  // of the saved model
  double peak_rss_mb = 0;
  double seconds = 0;
  std::string device;  // "cpu, 2 threads, OpenBLAS"
};

// A run folder that holds a checkpoint is an Error without `resume`; a resumed run equals an
// uninterrupted one bit for bit on the CPU. Interrupted, it writes a checkpoint and returns an
// Error of kind `interrupted` that says how to go on.
//
// Only what resuming changes on purpose changes the result: more or fewer steps (where the rate of
// the cosine depends on their number), other validations (which choose the model that is saved),
// and a limit of minutes, since the run validates once more where that stops it.
Expected<TrainResult> train(const TrainOptions& options,
                            const std::function<void(const StepReport&)>& report);

// A sentence where the BLAS that LibTorch uses is the slow reference one; empty where it is not.
std::string blas_warning();

}  // namespace pno::train
