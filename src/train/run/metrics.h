#pragma once

// RUN/metrics.jsonl: one JSON object a line, each beginning with {"step":N.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"

namespace pno::train {

class MetricsLog {
 public:
  using Number = std::variant<std::int64_t, double>;
  using Values = std::vector<std::pair<std::string, Number>>;  // by name

  // Keeps the lines of the steps up to `last_step`: a resumed run repeats the steps after its
  // checkpoint. 0 empties the file.
  static Expected<MetricsLog> open(const std::filesystem::path& path, std::int64_t last_step);

  // The value of "seconds" in the last kept line that has it; 0 if none has.
  double seconds_before() const { return seconds_before_; }

  // Flushes the file. A value that is not finite becomes null, because JSON cannot express it.
  Expected<void> add(std::int64_t step, const Values& values);

 private:
  explicit MetricsLog(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
  std::ofstream file_;
  double seconds_before_ = 0;
};

}  // namespace pno::train
