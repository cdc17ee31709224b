// pno: all commands but `train` and `serve`, for which it runs pno-train and pno-serve.

#include <array>
#include <string_view>

#include "cli/commands/commands.h"
#include "cli/run_beside.h"

int main(int argc, char** argv) {
  using namespace pno::cli;
  const std::string_view first = argc > 1 ? argv[1] : "", second = argc > 2 ? argv[2] : "";
  for (const auto& beside : {kTrainer, kServer}) {
    if (first == beside.command) return run_beside(beside, argv);
    if (first == "help" && second == beside.command) {
      std::array<char*, 4> help = {argv[0], argv[2], const_cast<char*>("--help"), nullptr};
      return run_beside(beside, help.data());
    }
  }

  Program program(kSummary);
  add_prepare(program);
  add_overlap(program);
  announce(program, kTrainer);
  add_eval(program);
  add_judge(program);
  add_generate(program);
  add_infill(program);
  add_accompany(program);
  add_tokens(program);
  add_info(program);
  add_export(program);
  add_render(program);
  add_play(program);
  add_jam(program);
  add_panic(program);
  add_show(program);
  add_report(program);
  announce(program, kServer);
  return program.run(argc, argv);
}
