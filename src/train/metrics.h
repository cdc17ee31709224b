#pragma once

// RUN/metrics.jsonl: one JSON object a line, each beginning with {"step":N.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace pno::train {

class MetricsLog {
 public:
  // Keeps the lines of the steps up to `last_step`: what a killed run wrote after its checkpoint
  // will come again. 0 begins anew.
  static Expected<MetricsLog> open(const std::filesystem::path& path, std::int64_t last_step);

  // Written through to the file.
  Expected<void> add(std::int64_t step,
                     const std::vector<std::pair<std::string_view, double>>& values);

 private:
  explicit MetricsLog(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace pno::train
