#pragma once

// Makes the threads of LibTorch sleep while they wait, for the programs that train.

#include <unistd.h>

#include <cstdlib>

namespace pno::cli {

// By default LibTorch's OpenMP threads spin while they wait. On two busy cores, steps with spinning
// threads took many times as long. The variable that changes this is read when the library is
// loaded, before main(), so this sets it and executes the program again. Call it first in main().
inline void let_threads_sleep(char** argv) {
  constexpr const char* kWaitPolicy = "OMP_WAIT_POLICY";
  if (std::getenv(kWaitPolicy) != nullptr) return;
  if (::setenv(kWaitPolicy, "PASSIVE", /*overwrite=*/0) == 0) ::execv("/proc/self/exe", argv);
}

}  // namespace pno::cli
