#pragma once

// The contents of a run folder: curves, metadata of the model, samples.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/fields.h"
#include "report/line_chart.h"

namespace pno::report {

struct RunSample {
  std::int64_t step = 0;
  std::filesystem::path midi;
};

struct RunRecord {
  std::filesystem::path run;
  // Curves of metrics.jsonl over the steps, by key: train_nll, validation_nll, learning_rate, …
  std::map<std::string, std::vector<Point>> by_step;
  std::vector<Point> validation_by_minute;
  double seconds = 0;  // duration of the run over all calls; 0 if unknown
  std::int64_t step = 0;
  std::int64_t setbacks = 0;
  TextFields model;  // metadata of model.safetensors; empty if there is none yet
  std::int64_t parameters = 0;
  std::vector<RunSample> samples;  // by step

  // The last y of a curve; NaN if there is none.
  double last(const std::string& key) const;
  double best_validation() const;
};

// Returns an error if the folder has no metrics.jsonl with a valid line. A truncated last line is
// ignored.
Expected<RunRecord> read_run(const std::filesystem::path& run);

}  // namespace pno::report
