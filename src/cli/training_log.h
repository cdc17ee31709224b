#pragma once

// The progress of `pno train` on stderr.

#include <string>

#include "base/progress.h"
#include "train/trainer.h"

namespace pno::cli {

// "1200/3000  loss 2.645  val 2.701  lr 1.5e-03  8.6k tok/s  12:32 left": at most 80 columns.
std::string training_line(const train::StepReport& now);

// Prints a line for each validation and each note, and on a terminal a progress line below them.
// Not thread-safe.
class TrainingLog {
 public:
  void report(const train::StepReport& now);
  // Prints a separate line.
  void note(const std::string& text) { line_.note(text); }

 private:
  ProgressLine line_{"train", "steps"};
};

}  // namespace pno::cli
