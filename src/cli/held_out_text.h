#pragma once

// Music that `pno prepare --hold-out` left out: for a reader, and as JSON.

#include <string>

#include "cli/program.h"
#include "corpus/prepare/prepare_report.h"

namespace pno::cli {

// Whole lines; empty if nothing was left out. Names the first few.
std::string held_out_lines(const corpus::PrepareReport& report);

// The list `held_out` of --json.
Json held_out_json(const corpus::PrepareReport& report);

}  // namespace pno::cli
