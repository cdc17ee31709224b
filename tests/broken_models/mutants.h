#pragma once

// Broken model files: a valid file with one defect each.

#include <string>
#include <vector>

namespace pno::broken_models {

struct Mutant {
  std::string what;   // the defect
  std::string bytes;  // the file
  // If false, a reader may accept it, because it may be a valid model (for example with another
  // dropout); then it must play.
  bool must_fail = true;
};

// Mutants of the bytes of a valid model file.
std::vector<Mutant> mutants(const std::string& whole);

}  // namespace pno::broken_models
