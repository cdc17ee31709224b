#pragma once

// RUN/tb/: the run's scalars as TensorBoard reads them, `tensorboard --logdir RUN`. An event file
// is a sequence of TFRecords (length u64, masked CRC-32C of it, bytes, masked CRC-32C of them; all
// little-endian), each a protobuf message of the type Event of TensorBoard. A START in it tells the
// reader to drop what other files hold of this step and later ones: a run that continues from a
// checkpoint writes them again.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace pno::train {

class EventFile {
 public:
  // A new file in `folder`. Readers ignore what other files there hold of steps after `last_step`.
  static Expected<EventFile> create(const std::filesystem::path& folder, std::int64_t last_step);

  using Scalar = std::pair<std::string_view, double>;  // tag, value
  // Flushes the file.
  Expected<void> add(std::int64_t step, const std::vector<Scalar>& scalars);

 private:
  explicit EventFile(std::filesystem::path path) : path_(std::move(path)) {}
  Expected<void> write_record(const std::string& bytes);

  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace pno::train
