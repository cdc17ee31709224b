#pragma once

// `pno train` becomes the process of pno-train, the executable with LibTorch.

#include "cli/program.h"

namespace pno::cli {

// A line for `pno --help`; run_trainer() is called before anything is parsed.
void announce_trainer(Program& program);

// Replaces this process by pno-train with the same arguments. It is looked for beside this
// executable, in ../libexec/pno from there, then in PATH. Comes back only where there is none, with
// the exit code.
int run_trainer(char** argv);

}  // namespace pno::cli
