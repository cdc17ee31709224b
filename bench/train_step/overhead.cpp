#include "train_step/overhead.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/interrupt.h"
#include "train/run/machine.h"
#include "train/run/training_data.h"
#include "train/step/crop_queue.h"
#include "train/step/learner.h"
#include "train_step/median.h"

namespace pno::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTurns = 5;
constexpr std::int64_t kFewestSteps = 20;  // two lines of metrics.jsonl

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Mean {
  double sum = 0;
  std::int64_t count = 0;

  void add(double value) {
    sum += value;
    ++count;
  }
  double value() const { return sum / static_cast<double>(count); }
};

// The mean crop wait in the metrics without the first line: a run starts without crops.
Expected<double> crop_wait(const std::filesystem::path& metrics) {
  PNO_TRY(const auto text, read_text(metrics));
  std::istringstream lines(text);
  Mean wait;
  bool is_first = true;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.contains("crop_wait")) continue;
    if (!std::exchange(is_first, false)) wait.add(json["crop_wait"]);
  }
  if (wait.count == 0) return fail("{}: holds no second line", metrics.string());
  return wait.value();
}

// Steps on prepared crops of the same music.
class BareSteps {
 public:
  BareSteps(const train::TrainOptions& run, const train::TrainingData& data, torch::Device device)
      : learner_(run.model, run.train, data.vocabulary.inputs(), device) {
    constexpr std::int64_t kCrops = 8;  // crops that the steps use in turn
    for (std::int64_t step = 0; step < kCrops; ++step) {
      crops_.push_back(train::draw_step({.sampler = data.crops,
                                         .config = run.train,
                                         .vocabulary = data.vocabulary,
                                         .context = run.model.context},
                                        step * run.train.batch));
    }
  }

  // Seconds per step.
  double turn(double seconds) {
    Mean mean;
    for (const auto start = Clock::now(); seconds_since(start) < seconds;) {
      const auto& parts = crops_[static_cast<std::size_t>(step_) % crops_.size()];
      const auto begin = Clock::now();
      targets_ += learner_.step(parts, ++step_).nll.targets;
      mean.add(seconds_since(begin));
    }
    return mean.value();
  }
  double tokens() const { return static_cast<double>(targets_) / static_cast<double>(step_); }

 private:
  train::Learner learner_;
  std::vector<std::vector<train::Batch>> crops_;
  std::int64_t step_ = 0, targets_ = 0;
};

struct RunTurn {
  double step_s = 0, checkpoint_s = 0, crop_wait = 0;
};

// A new run of about `seconds`, stopped as by Ctrl-C.
Expected<RunTurn> run_for(double seconds, const train::TrainOptions& options) {
  std::error_code ignored;
  std::filesystem::remove_all(options.run, ignored);
  Mean steps, checkpoints;
  const auto start = Clock::now();
  auto last = start;
  bool is_enough = false;
  const auto result = train::train(options, [&](const train::StepReport& report) {
    const double since_last = seconds_since(last);
    last = Clock::now();
    if (report.note == "checkpoint written") {
      checkpoints.add(since_last);
    } else if (report.step > 1) {  // the first step includes loading the model and the data
      steps.add(since_last);
    }
    is_enough = seconds_since(start) >= seconds && steps.count > kFewestSteps;
    if (is_enough) set_interrupted(true);
  });
  // A real Ctrl-C ends the benchmark.
  if (!result && !(is_enough && result.error().kind == Error::Kind::interrupted)) {
    return tl::unexpected(result.error());
  }
  set_interrupted(false);
  if (checkpoints.count == 0) return fail("the run wrote no checkpoint");
  PNO_TRY(const auto wait, crop_wait(options.run / "metrics.jsonl"));
  std::filesystem::remove_all(options.run, ignored);
  return RunTurn{steps.value(), checkpoints.value(), wait};
}

}  // namespace

Expected<OverheadFigures> measure_overhead(const std::filesystem::path& dataset,
                                           const model::ModelConfig& model,
                                           const train::TrainConfig& config,
                                           const std::filesystem::path& folder,
                                           const MeasureOptions& options) {
  train::TrainOptions run;
  run.datasets = {{dataset}};
  run.run = folder / "run";
  run.model = model;
  run.train = config;
  run.train.steps = train::TrainConfig::kMostSteps;
  run.train.validation_steps = 0;
  run.train.precision = options.precision;
  run.device = options.device;
  run.threads = options.threads;
  PNO_TRY(const auto machine, train::prepare_machine(options.device, options.threads));
  PNO_TRY(const auto data, train::open_training_data(run.datasets, run.train, model.context));
  BareSteps bare(run, data, machine.device);
  bare.turn(0.1);  // warm-up
  std::vector<double> bare_s, run_s, shares, checkpoint_s, waits;
  for (int turn = 0; turn < kTurns; ++turn) {
    bare_s.push_back(bare.turn(options.seconds));
    PNO_TRY(const auto of_run, run_for(options.seconds, run));
    run_s.push_back(of_run.step_s);
    shares.push_back(bare_s.back() / of_run.step_s);
    checkpoint_s.push_back(of_run.checkpoint_s);
    waits.push_back(of_run.crop_wait);
  }
  return OverheadFigures{.tokens = bare.tokens(),
                         .bare_s = median(bare_s),
                         .run_s = median(run_s),
                         .share = median(shares),
                         .checkpoint_s = median(checkpoint_s),
                         .crop_wait = median(waits)};
}

}  // namespace pno::bench
