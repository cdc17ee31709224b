#pragma once

// Model files that are broken, by the hundred: each a valid one with one thing wrong.

#include <string>
#include <vector>

namespace pno::broken_models {

struct Mutant {
  std::string what;   // is wrong with it
  std::string bytes;  // of the file
  // Else a reader may well take it: another dropout, say, is a valid model. It has to play then.
  bool must_fail = true;
};

// Of the bytes of a valid model file.
std::vector<Mutant> mutants(const std::string& whole);

}  // namespace pno::broken_models
