#pragma once

// RUN/config.toml: all that made a run, as a preset that repeats it. Its tables [model] and [train]
// have every field; [run] is this record.

#include <span>
#include <string>
#include <vector>

#include "base/fields.h"
#include "model/config.h"
#include "train/config.h"

namespace pno::cli {

struct RunRecord {
  std::string version, commit;        // of the program that continued the run last
  std::string folder;                 // in which it was called
  std::vector<std::string> commands;  // the command lines, the first one first
  std::vector<std::string> datasets;  // as on the command line, with absolute paths
  TextFields settings;                // flags of the other tables, such as "checkpoint_minutes"
};

// The TOML text. `name` is the path of the file, for its first line.
std::string record_text(const std::string& name, const RunRecord& record,
                        const model::ModelConfig& model, const train::TrainConfig& train);

// A command line that a shell reads as `arguments`.
std::string shell_text(std::span<const std::string> arguments);

// The arguments of this process.
std::vector<std::string> own_arguments();

}  // namespace pno::cli
