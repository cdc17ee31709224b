// pno-train: `pno train` as a separate executable, so that other commands do not load LibTorch.

#include <cstdio>
#include <cstdlib>

#include "cli/commands/commands.h"
#include "cli/waiting_threads.h"

int main(int argc, char** argv) {
  pno::cli::let_threads_sleep(argv);
  pno::cli::Program program(pno::cli::kSummary);
  pno::cli::add_train(program);
  const int code = program.run(argc, argv);
  std::fflush(nullptr);
  // Threads of LibTorch may still wait for a rank that was lost.
  if (code != 0) std::quick_exit(code);
  return code;
}
