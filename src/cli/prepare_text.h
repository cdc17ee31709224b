#pragma once

// The summary of `pno prepare`: for a reader, as JSON, and as its report file.

#include <filesystem>
#include <string>

#include "cli/program.h"
#include "corpus/prepare/prepare_options.h"
#include "corpus/prepare/prepare_report.h"

namespace pno::cli {

// Titles in two splits first, then splits, music, and what was odd about the files.
std::string prepare_summary(const corpus::PrepareOptions& options,
                            const corpus::PrepareReport& report);

// The object of --json.
Json prepare_json(const corpus::PrepareReport& report);

// The file of --report: the same, and every file.
Json prepare_report_json(const corpus::PrepareReport& report);

}  // namespace pno::cli
