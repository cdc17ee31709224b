#pragma once

// The flags of pno train, and what RUN/config.toml has of them.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "base/fields.h"
#include "cli/kept_flags.h"
#include "cli/run_record.h"
#include "train/train_options.h"

namespace pno::cli {

struct TrainFlags {
  std::vector<std::string> datasets;
  TextFields model, train;  // texts of the command line, by field
  train::TrainOptions options;
  std::string init_from;
  double sample_seconds = 20;
  KeptFlags kept;
};

// `flags` must live as long as `app`.
void add_train_flags(CLI::App& app, TrainFlags& flags);

// Sets options.run: without -o, the argument of `pno train --resume RUN` is the run. Returns a
// usage error if no folder is named.
Expected<void> name_run(TrainFlags& flags);

// RUN/config.toml if this call continues a run that has it; else empty.
std::filesystem::path own_record(const train::TrainOptions& options);

// Takes what the command line does not have from the record of the run that continues, which is
// returned, and from the preset, if it is the record of a run. Fields of the tables [model] and
// [train] are left to the caller. Returns an error if no dataset is named anywhere.
Expected<RunRecord> restore_flags(TrainFlags& flags);

// Sets record, command and commit of the options: the record of this call, after those of `before`.
void make_record(const TrainFlags& flags, RunRecord before, train::TrainOptions& options);

}  // namespace pno::cli
