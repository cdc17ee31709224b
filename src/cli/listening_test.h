#pragma once

// A listening test of several systems: the page, and what its answers say.

#include <filesystem>
#include <vector>

#include "cli/program.h"

namespace pno::cli {

struct ListeningFlags {
  std::filesystem::path folder;  // a folder for each system, with the MIDI files of its pieces
  std::filesystem::path output;
  std::vector<std::filesystem::path> answers;
  std::size_t pairs = 24;
  double seconds = 15;  // of each piece
  std::uint64_t seed = 1;
  int resamples = 200;
};

// Writes the page.
Expected<Answer> write_listening_test(const ListeningFlags& flags);

// Reads the answers. The flags that chose the pairs are the same as for the page.
Expected<Answer> read_listening_test(const ListeningFlags& flags);

}  // namespace pno::cli
