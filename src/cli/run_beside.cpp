#include "cli/run_beside.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "base/file.h"

namespace pno::cli {

void announce(Program& program, const ProgramBeside& beside) {
  const std::string command = beside.command;
  program.add(
      {.name = command,
       .summary = beside.summary,
       .example = fmt::format("  pno {} --help", command),
       .run = [command] { return fail("'{0}' must be the first argument: pno {0} …", command); }});
}

int run_beside(const ProgramBeside& beside, char** argv) {
  // A request for a checkpoint (train/run/checkpoint_request.h) may come before pno-train handles
  // it.
  std::signal(SIGUSR1, SIG_IGN);
  // The same as in train_main.cpp, so that pno-train does not have to execute itself again.
  ::setenv("OMP_WAIT_POLICY", "PASSIVE", /*overwrite=*/0);
  std::error_code failure;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", failure).parent_path();
  if (!failure) {
    for (const auto& path :
         {here / beside.program, here / ".." / "libexec" / "pno" / beside.program}) {
      ::execv(path.c_str(), argv);
      if (errno != ENOENT) {
        const int code = errno;
        fmt::print(stderr, "pno: {}: cannot be run: {}\n", path.string(), describe_errno(code));
        return 1;
      }
    }
  }
  ::execvp(beside.program, argv);
  fmt::print(stderr, "pno: {} needs the program {}, which is not installed; {}\n", beside.command,
             beside.program, beside.missing);
  return 1;
}

}  // namespace pno::cli
