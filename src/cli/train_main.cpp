// pno-train: `pno train`, in an executable of its own so that nothing else waits for LibTorch.

#include "cli/commands.h"

int main(int argc, char** argv) {
  pno::cli::Program program(pno::cli::kSummary);
  pno::cli::add_train(program);
  return program.run(argc, argv);
}
