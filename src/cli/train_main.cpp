// pno-train: `pno train` as a separate executable, so that other commands do not load LibTorch.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "cli/commands/commands.h"

namespace {

// By default LibTorch's OpenMP threads spin while they wait. The variable that changes this is read
// when the library is loaded, before main(), so this sets it and executes the program again. On two
// busy cores, steps with spinning threads took many times as long.
void let_threads_sleep(char** argv) {
  constexpr const char* kWaitPolicy = "OMP_WAIT_POLICY";
  if (std::getenv(kWaitPolicy) != nullptr) return;
  if (::setenv(kWaitPolicy, "PASSIVE", /*overwrite=*/0) == 0) ::execv("/proc/self/exe", argv);
}

}  // namespace

int main(int argc, char** argv) {
  let_threads_sleep(argv);
  pno::cli::Program program(pno::cli::kSummary);
  pno::cli::add_train(program);
  const int code = program.run(argc, argv);
  std::fflush(nullptr);
  // Threads of LibTorch may still wait for a rank that was lost.
  if (code != 0) std::quick_exit(code);
  return code;
}
