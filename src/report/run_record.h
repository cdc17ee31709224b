#pragma once

// What a run folder tells: its curves, its model's metadata, its samples.

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
  // Of metrics.jsonl, by key, over the steps: train_nll, validation_nll, learning_rate, …
  std::map<std::string, std::vector<Point>> by_step;
  std::vector<Point> validation_by_minute;
  double seconds = 0;  // that the run took, over all its calls; 0 where it is not known
  std::int64_t step = 0;
  std::int64_t setbacks = 0;
  TextFields model;  // metadata of model.safetensors; empty where there is none yet
  std::int64_t parameters = 0;
  std::vector<RunSample> samples;  // by step

  // The last y of a curve; NaN where there is none.
  double last(const std::string& key) const;
  double best_validation() const;
};

// Fails where the folder has no metrics.jsonl or no line of it can be read. A line cut short by a
// kill is left out.
Expected<RunRecord> read_run(const std::filesystem::path& run);

}  // namespace pno::report
