// pno: all commands but `train`, for which it runs pno-train.

#include <string_view>

#include "cli/commands/commands.h"
#include "cli/run_trainer.h"

int main(int argc, char** argv) {
  using namespace pno::cli;
  if (argc > 1 && std::string_view(argv[1]) == "train") return run_trainer(argv);

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
