#pragma once

// The subcommands, each in its own file NAME_command.cpp. A new one needs a line here, its file in
// CMakeLists.txt and its call in main.cpp.

#include "cli/program.h"

namespace pno::cli {

void add_prepare(Program& program);
void add_overlap(Program& program);
void add_train(Program& program);  // in pno-train
void add_eval(Program& program);
void add_judge(Program& program);
void add_generate(Program& program);
void add_infill(Program& program);
void add_accompany(Program& program);
void add_tokens(Program& program);
void add_info(Program& program);
void add_export(Program& program);
void add_render(Program& program);
void add_serve(Program& program);  // in pno-serve
void add_show(Program& program);
void add_jam(Program& program);
void add_play(Program& program);
void add_panic(Program& program);
void add_report(Program& program);

}  // namespace pno::cli
