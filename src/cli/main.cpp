// pno: all commands but `train` and `serve`, for which it runs pno-train and pno-serve.

#include <string_view>

#include "cli/commands/commands.h"
#include "cli/run_beside.h"

int main(int argc, char** argv) {
  using namespace pno::cli;
  for (const auto& beside : {kTrainer, kServer}) {
    if (argc > 1 && std::string_view(argv[1]) == beside.command) return run_beside(beside, argv);
  }

  Program program(kSummary);
  add_prepare(program);
  add_overlap(program);
  announce(program, kTrainer);
  add_eval(program);
  add_generate(program);
  add_tokens(program);
  add_info(program);
  add_export(program);
  add_render(program);
  add_show(program);
  add_report(program);
  announce(program, kServer);
  return program.run(argc, argv);
}
