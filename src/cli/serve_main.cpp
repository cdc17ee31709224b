// pno-serve: `pno serve` as a separate executable, which has the page and the libraries of the
// server.

#include "cli/commands/commands.h"

int main(int argc, char** argv) {
  pno::cli::Program program(pno::cli::kSummary);
  pno::cli::add_serve(program);
  return program.run(argc, argv);
}
