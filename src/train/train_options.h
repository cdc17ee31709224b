#pragma once

// Options, reports and result of train(). Does not include LibTorch.

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
  std::string preset;  // its name, recorded in the model file; may be empty
  // Written to RUN/config.toml when the run begins or continues; empty: nothing is written.
  std::string record;
  // The command lines that made the run, and the commit of the program, for the model file.
  std::string command, commit;
  // A model file of the same shape with the initial weights; empty: random weights. A resumed run
  // does not need to name it again.
  std::filesystem::path init_from;
  Device device = Device::automatic;
  int threads = 0;    // 0: one per core; with several ranks the cores of a machine are divided
  RankOptions ranks;  // rank and number of ranks; default: single process
  bool resume = false;
  bool override_config = false;       // resume although fields changed that may change
  std::int64_t checkpoint_steps = 0;  // steps between checkpoints; 0: use checkpoint_minutes
  double checkpoint_minutes = 5;
  int keep_checkpoints = 2;   // number of the latest checkpoints to keep
  double sample_minutes = 0;  // between calls of on_sample; 0: only at the end
  double max_minutes = 0;     // then write a checkpoint and stop; 0: no limit
};

// Called with a step and a model file in RUN/samples of the weights after that step. The listener
// removes the file. The run waits until it returns, so it should do its work elsewhere.
using SampleListener = std::function<void(std::int64_t step, const std::filesystem::path& model)>;

// Reported after every step, after its validation and checkpoint if it has them, and when a resumed
// run has a note.
struct StepReport {
  std::int64_t step = 0, steps = 0;  // steps is 0 if the number of steps is not known
  // NLL in nats per token of the last training line of metrics.jsonl: the mean over the targets of
  // the steps since the line before (ten steps), measured before each update and with dropout.
  // train_nll has this meaning everywhere.
  std::optional<double> train_nll = {};
  std::optional<double> train_nll_grammar = {};  // the same among the events that may follow
  double learning_rate = 0;
  double tokens_per_s = 0;                    // mean over the steps of this call
  std::optional<double> validation_nll = {};  // the latest
  std::optional<double> validation_nll_grammar = {};
  bool validated = false;                   // validation_nll was measured at this step
  std::optional<double> seconds_left = {};  // to the last step or the limit of minutes
  std::string note = {};                    // "checkpoint written", "best so far"; mostly empty
};

enum class Ending { steps, epochs, minutes, patience };
constexpr auto enum_names(Ending) {
  return std::array{"steps", "epochs", "minutes", "patience"};
}

struct TrainResult {
  std::int64_t steps = 0;
  Ending ending = Ending::steps;                       // the limit that ended the run
  std::int64_t tokens = 0;                             // targets trained on in this call
  double tokens_per_s = 0;                             // without validations and checkpoints
  std::optional<double> train_nll, train_nll_grammar;  // as in StepReport
  std::optional<double> validation_nll, validation_nll_grammar;  // of the saved model
  double peak_rss_mb = 0;
  double seconds = 0;
  std::string device;  // "cpu, 2 threads, OpenBLAS"
};

}  // namespace pno::train
