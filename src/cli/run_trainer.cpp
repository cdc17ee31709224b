#include "cli/run_trainer.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "base/file.h"

namespace pno::cli {
namespace {

constexpr const char* kTrainer = "pno-train";

}  // namespace

void announce_trainer(Program& program) {
  program.add({.name = "train",
               .summary = "Train a model on a dataset",
               .example = "  pno train --help",
               .run = [] { return fail("'train' must be the first argument: pno train …"); }});
}

int run_trainer(char** argv) {
  // A request for a checkpoint (train/run/checkpoint_request.h) may come before pno-train handles
  // it.
  std::signal(SIGUSR1, SIG_IGN);
  // The same as in train_main.cpp, so that pno-train does not have to execute itself again.
  ::setenv("OMP_WAIT_POLICY", "PASSIVE", /*overwrite=*/0);
  std::error_code failure;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", failure).parent_path();
  if (!failure) {
    for (const auto& path : {here / kTrainer, here / ".." / "libexec" / "pno" / kTrainer}) {
      ::execv(path.c_str(), argv);
      if (errno != ENOENT) {
        const int code = errno;
        fmt::print(stderr, "pno: {}: cannot be run: {}\n", path.string(), describe_errno(code));
        return 1;
      }
    }
  }
  ::execvp(kTrainer, argv);
  fmt::print(stderr,
             "pno: training needs the program {}, which is not installed; build pno with "
             "-DPNO_TRAIN=ON (it needs LibTorch) and put it beside pno\n",
             kTrainer);
  return 1;
}

}  // namespace pno::cli
