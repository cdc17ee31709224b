#pragma once

// `pno train` executes pno-train, the program with LibTorch.

#include "cli/program.h"

namespace pno::cli {

// Adds the line of `train` to `pno --help`. main() calls run_trainer() before parsing.
void announce_trainer(Program& program);

// Replaces this process by pno-train with the same arguments. Searches it beside this executable,
// in
// ../libexec/pno from there, then in PATH. Returns, with the exit code, only if that fails.
int run_trainer(char** argv);

}  // namespace pno::cli
