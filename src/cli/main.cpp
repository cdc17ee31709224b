// pno: all commands but `train`, for which it runs pno-train.

#include <array>
#include <string_view>

#include "cli/commands/commands.h"
#include "cli/run_trainer.h"

int main(int argc, char** argv) {
  using namespace pno::cli;
  const std::string_view first = argc > 1 ? argv[1] : "", second = argc > 2 ? argv[2] : "";
  if (first == "train") return run_trainer(argv);
  if (first == "help" && second == "train") {
    std::array<char*, 4> help = {argv[0], argv[2], const_cast<char*>("--help"), nullptr};
    return run_trainer(help.data());
  }

  Program program(kSummary);
  add_prepare(program);
  add_overlap(program);
  announce_trainer(program);
  add_eval(program);
  add_judge(program);
  add_generate(program);
  add_tokens(program);
  add_info(program);
  add_export(program);
  add_render(program);
  add_play(program);
  add_jam(program);
  add_panic(program);
  add_show(program);
  add_report(program);
  return program.run(argc, argv);
}
