#pragma once

// RUN/metrics.jsonl: one JSON object a line, each beginning with {"step":N.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"

namespace pno::train {

class MetricsLog {
 public:
  using Number = std::variant<std::int64_t, double>;

  // Keeps the lines of the steps up to `last_step`: what a killed run wrote after its checkpoint
  // will come again. 0 begins anew.
  static Expected<MetricsLog> open(const std::filesystem::path& path, std::int64_t last_step);

  // The number of the last line that was kept under "seconds"; 0 where there is none.
  double seconds_before() const { return seconds_before_; }

  // Written through to the file; a number that is not finite is null, as JSON has no other word.
  Expected<void> add(std::int64_t step,
                     const std::vector<std::pair<std::string_view, Number>>& values);

 private:
  explicit MetricsLog(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
  std::ofstream file_;
  double seconds_before_ = 0;
};

}  // namespace pno::train
