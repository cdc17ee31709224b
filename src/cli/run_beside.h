#pragma once

// Commands that are programs of their own, so that the others do not load their libraries:
// `pno train` (LibTorch) and `pno serve` (cpp-httplib with OpenSSL, and the page).

#include "cli/program.h"

namespace pno::cli {

struct ProgramBeside {
  const char* command;  // "train"
  const char* program;  // "pno-train"
  const char* summary;  // for `pno --help`
  const char* missing;  // how to get the program, for the error
};

inline constexpr ProgramBeside kTrainer = {
    "train", "pno-train", "Train a model on a dataset",
    "install the package pno-train, or build pno with -DPNO_TRAIN=ON (it needs LibTorch)"};
inline constexpr ProgramBeside kServer = {
    "serve", "pno-serve", "Open the page with this computer's engine, and an HTTP API",
    "install the package pno, or build pno with -DPNO_SERVE=ON (it needs cpp-httplib)"};

// Adds its line to `pno --help`. main() calls run_beside() before parsing.
void announce(Program& program, const ProgramBeside& beside);

// Replaces this process by the program with the same arguments. Searches it beside this executable,
// in ../libexec/pno from there, then in PATH. Returns, with the exit code, only if that fails.
int run_beside(const ProgramBeside& beside, char** argv);

}  // namespace pno::cli
